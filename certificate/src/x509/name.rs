//! Distinguished names (RFC 5280 section 4.1.2.4).

use super::der::{Element, Elements, NotDer, tag};
use der::oid::ObjectIdentifier;

const OID_COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const OID_COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const OID_ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");

/// No name has more attributes.
const MAX_ATTRIBUTES: usize = 64;

/// A name as it stands in a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name<'a>(&'a [u8]);

/// One attribute: its type and its value, a text of any kind.
type Attribute<'a> = (&'a [u8], Element<'a>);

impl<'a> Name<'a> {
    /// A name from its DER.
    ///
    /// # Errors
    /// [`NotDer`], also for more attributes than any name has.
    pub fn from_der(der: &'a [u8]) -> Result<Self, NotDer> {
        attributes(der)?;
        Ok(Self(der))
    }

    /// The name in DER.
    #[must_use]
    pub fn as_der(&self) -> &'a [u8] {
        self.0
    }

    /// The country code (C), as written: some states write `de`.
    #[must_use]
    pub fn country(&self) -> Option<&'a str> {
        self.text(OID_COUNTRY)
    }

    /// The common name (CN).
    #[must_use]
    pub fn common_name(&self) -> Option<&'a str> {
        self.text(OID_COMMON_NAME)
    }

    /// The organisation (O).
    #[must_use]
    pub fn organisation(&self) -> Option<&'a str> {
        self.text(OID_ORGANISATION)
    }

    /// Whether two names mean the same: the same attributes in the same order, whatever kind of
    /// string they are, without regard to ASCII case and outer blanks (RFC 5280 section 7.1, as far as
    /// certificates need it).
    #[must_use]
    pub fn means(&self, other: &Name<'_>) -> bool {
        if self.0 == other.0 {
            return true;
        }
        let (Ok(own), Ok(others)) = (attributes(self.0), attributes(other.0)) else { return false };
        let same = |((own_type, own), (other_type, other)): (&Attribute<'_>, &Attribute<'_>)| {
            own_type == other_type && own.value.trim_ascii().eq_ignore_ascii_case(other.value.trim_ascii())
        };
        own.len() == others.len() && own.iter().zip(&others).all(same)
    }

    fn text(&self, wanted: ObjectIdentifier) -> Option<&'a str> {
        let attributes = attributes(self.0).ok()?;
        let (_, value) = attributes.into_iter().find(|(kind, _)| *kind == wanted.as_bytes())?;
        std::str::from_utf8(value.value).ok()
    }
}

fn attributes(der: &[u8]) -> Result<Vec<Attribute<'_>>, NotDer> {
    let mut sets = Elements::only(der, tag::SEQUENCE)?;
    let mut found = Vec::new();
    while !sets.is_empty() {
        let mut set = sets.take(tag::SET)?.inside();
        while !set.is_empty() {
            let mut attribute = set.take(tag::SEQUENCE)?.inside();
            found.push((attribute.take(tag::OBJECT_IDENTIFIER)?.value, attribute.take_any()?));
            if found.len() > MAX_ATTRIBUTES {
                return Err(NotDer);
            }
        }
    }
    Ok(found)
}
