//! Seals from issuing to the border: written with a signer's certificate that an authority gave, judged by lists that
//! hold the authority and what it has revoked.

mod desk;
mod requests;
mod revocation;
mod round_trip;
