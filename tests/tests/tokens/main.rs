//! Keys in a PKCS#11 token (SoftHSM2): what they sign, what is refused, and what happens when the token goes away.

mod ceremony;
mod counter;
mod desk;
mod issuing;
mod objects;
mod opening;
mod unplugged;
