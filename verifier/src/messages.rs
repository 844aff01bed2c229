//! The words for people, from the catalogue `messages/*.json` that the page in the browser shares. Japanese and English
//! are compiled in, key by key where they are said: a key that is not there does not compile.

// `text!`: the text of one key in one language, made by `build.rs`.
include!(concat!(env!("OUT_DIR"), "/text.rs"));

/// The texts of a key in Japanese and in English, for [`Language::choose`](crate::Language::choose).
macro_rules! both {
    ($key:tt) => {
        ($crate::messages::text!(ja $key), $crate::messages::text!(en $key))
    };
}

/// What a key says in a language, with its placeholders filled in. One that is missing or unknown does not compile.
#[cfg(feature = "tool")]
macro_rules! say {
    ($language:expr, $key:tt) => {
        $language.choose($crate::messages::text!(ja $key), $crate::messages::text!(en $key))
    };
    ($language:expr, $key:tt, $($name:ident = $value:expr),+) => {
        match $language {
            $crate::Language::Ja => format!($crate::messages::text!(ja $key), $($name = $value),+),
            $crate::Language::En => format!($crate::messages::text!(en $key), $($name = $value),+),
        }
    };
}

#[cfg(feature = "tool")]
pub(crate) use say;
pub(crate) use {both, text};
