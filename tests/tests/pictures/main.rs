//! Certificates from text to picture and back: what the issuer draws, what others published, and
//! what happens to a picture on its way.

mod distorted;
mod drawn;
mod other_readers;
mod published;
