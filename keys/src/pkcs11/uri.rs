//! PKCS#11 URIs (RFC 7512), as far as they name a token and a key in it.

use std::fmt;
use std::str::FromStr;

/// The longest URI, in bytes.
const LONGEST: usize = 1024;

/// Which token, and which key in it: `pkcs11:token=office;serial=1a2b;object=office-2026;id=%01`.
///
/// A PIN never stands in one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TokenUri {
    /// The token's label.
    pub token: Option<String>,
    /// The token's serial number.
    pub serial: Option<String>,
    /// Who made the token.
    pub manufacturer: Option<String>,
    /// The token's model.
    pub model: Option<String>,
    /// The key's label.
    pub object: Option<String>,
    /// The key's id: `CKA_ID`.
    pub id: Option<Vec<u8>>,
}

/// Why a text is not a URI that this crate can use.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UriError {
    /// Not `pkcs11:` with attributes, or longer than 1,024 bytes.
    #[error("that is no PKCS#11 URI: write pkcs11:token=LABEL;object=NAME (RFC 7512)")]
    Form,
    /// A PIN, or where one lies.
    #[error("a PIN does not belong into a URI, where others can see it: leave {0} out, and pass it with --pin-fd N")]
    Pin(&'static str),
    /// An attribute that says something else.
    #[error(
        "`{0}` is not used here: name the token by token, serial, manufacturer or model, and the key by object or id"
    )]
    Attribute(String),
    /// An attribute twice.
    #[error("`{0}` stands there twice: leave one out")]
    Twice(String),
    /// No token is named.
    #[error("the URI names no token: add token=LABEL or serial=NUMBER")]
    NoToken,
}

impl TokenUri {
    /// The same without the key.
    #[must_use]
    pub fn of_token(&self) -> Self {
        Self { object: None, id: None, ..self.clone() }
    }

    /// Whether it names a key, or only a token.
    #[must_use]
    pub fn names_key(&self) -> bool {
        self.object.is_some() || self.id.is_some()
    }
}

impl FromStr for TokenUri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        let scheme = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("pkcs11:"));
        let rest = scheme.and_then(|_| text.get(7..)).filter(|_| text.len() <= LONGEST).ok_or(UriError::Form)?;
        let (path, query) = rest.split_once('?').map_or((rest, ""), |(path, query)| (path, query));
        if let Some((name, _)) = query.split('&').filter(|part| !part.is_empty()).map(pair).next() {
            return Err(match name {
                "pin-value" => UriError::Pin("pin-value"),
                "pin-source" => UriError::Pin("pin-source"),
                _ => UriError::Attribute(plain(name)),
            });
        }
        let mut uri = Self::default();
        for (name, value) in path.split(';').filter(|part| !part.is_empty()).map(pair) {
            let value = percent_decoded(value).ok_or(UriError::Form)?;
            if name == "id" {
                if uri.id.replace(value).is_some() {
                    return Err(UriError::Twice("id".to_owned()));
                }
                continue;
            }
            let value = String::from_utf8(value).map_err(|_| UriError::Form)?;
            if value.is_empty() || value.chars().any(char::is_control) {
                return Err(UriError::Form);
            }
            let place = match name {
                "token" => &mut uri.token,
                "serial" => &mut uri.serial,
                "manufacturer" => &mut uri.manufacturer,
                "model" => &mut uri.model,
                "object" => &mut uri.object,
                // A pair of keys is one key here, whichever half is named.
                "type" if value == "private" || value == "public" => continue,
                "pin-value" => return Err(UriError::Pin("pin-value")),
                _ => return Err(UriError::Attribute(plain(name))),
            };
            if place.replace(value).is_some() {
                return Err(UriError::Twice(plain(name)));
            }
        }
        let named = uri.token.is_some() || uri.serial.is_some();
        if named { Ok(uri) } else { Err(UriError::NoToken) }
    }
}

impl fmt::Display for TokenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pkcs11:")?;
        let texts = [
            ("token", &self.token),
            ("serial", &self.serial),
            ("manufacturer", &self.manufacturer),
            ("model", &self.model),
            ("object", &self.object),
        ];
        let mut between = "";
        for (name, value) in texts.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            write!(f, "{between}{name}=")?;
            value.bytes().try_for_each(|byte| percent_encoded(f, byte))?;
            between = ";";
        }
        if let Some(id) = &self.id {
            write!(f, "{between}id=")?;
            id.iter().try_for_each(|byte| write!(f, "%{byte:02X}"))?;
        }
        Ok(())
    }
}

fn pair(part: &str) -> (&str, &str) {
    part.split_once('=').unwrap_or((part, ""))
}

/// What somebody wrote, fit to be shown.
fn plain(text: &str) -> String {
    text.chars().take(40).filter(|c| !c.is_control()).collect()
}

fn percent_encoded(f: &mut fmt::Formatter<'_>, byte: u8) -> fmt::Result {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        write!(f, "{}", char::from(byte))
    } else {
        write!(f, "%{byte:02X}")
    }
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' {
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            digit(bytes.next()?)? << 4 | digit(bytes.next()?)?
        } else {
            byte
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_read_and_written_back_the_same() {
        for text in [
            "pkcs11:token=office",
            "pkcs11:token=%E6%9E%B6%E7%A9%BA%E5%B8%82%3B%201;serial=1a2b;object=office-2026;id=%01%FF",
            "pkcs11:serial=1a2b;manufacturer=SoftHSM%20project;model=SoftHSM%20v2",
        ] {
            let uri: TokenUri = text.parse().expect("a URI");
            assert_eq!(uri.to_string(), text);
        }
        let uri: TokenUri = "PKCS11:model=x;token=a b;type=private;id=k%31".parse().expect("a URI");
        assert_eq!((uri.token.as_deref(), uri.id.as_deref()), (Some("a b"), Some(&b"k1"[..])));
        assert!(uri.names_key() && !uri.of_token().names_key());
    }

    #[test]
    fn a_pin_is_refused_and_never_repeated() {
        for text in [
            "pkcs11:token=office?pin-value=12345678",
            "pkcs11:token=office;pin-value=12345678",
            "pkcs11:token=office?pin-source=file:/etc/12345678",
        ] {
            let error = text.parse::<TokenUri>().expect_err("refuses");
            assert!(matches!(error, UriError::Pin(_)));
            assert!(!format!("{error} {error:?}").contains("12345678"));
        }
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for text in
            ["", "token=a", "pkcs11", "pkcs11:token=%4", "pkcs11:token=%zz", "pkcs11:token=", "pkcs11:token=%00"]
        {
            assert_eq!(text.parse::<TokenUri>(), Err(UriError::Form), "{text}");
        }
        assert_eq!("pkcs11:".parse::<TokenUri>(), Err(UriError::NoToken));
        assert_eq!("pkcs11:object=a".parse::<TokenUri>(), Err(UriError::NoToken));
        assert!(matches!("pkcs11:token=a;token=b".parse::<TokenUri>(), Err(UriError::Twice(_))));
        assert!(matches!("pkcs11:token=a;slot-id=1".parse::<TokenUri>(), Err(UriError::Attribute(_))));
        assert!(matches!("pkcs11:token=a?module-path=/x".parse::<TokenUri>(), Err(UriError::Attribute(_))));
        assert_eq!(format!("pkcs11:token={}", "a".repeat(2000)).parse::<TokenUri>(), Err(UriError::Form));
    }
}
