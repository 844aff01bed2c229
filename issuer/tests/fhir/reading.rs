//! What other systems write.
