//! The body of a call, read strictly. What does not fit is not quoted: it may be somebody's.

use crate::office::trouble::Trouble;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;

/// What a call says, in JSON.
pub(super) struct Said<T>(pub(super) T);

/// What is an object in JSON. Left alone, serde takes a list of values for one, too, in the order of the fields.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

/// An object as a field.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|Object(object)| object)
}

/// A list of objects as a field.
pub(super) fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let objects = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|Object(object)| object).collect())
}

/// A whole number from 0 to 255, however JSON writes it: 2.0 is one, too.
pub(super) fn small<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let number = f64::deserialize(deserializer)?;
    let found = (0..=u8::MAX).find(|whole| (f64::from(*whole) - number).abs() < f64::EPSILON);
    found.ok_or_else(|| D::Error::custom("a whole number from 0 to 255 is wanted"))
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Said<T> {
    type Rejection = Trouble;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, Trouble> {
        match Json::<Object<T>>::from_request(request, state).await {
            Ok(Json(Object(said))) => Ok(Self(said)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(kind("application/json")),
            Err(JsonRejection::BytesRejection(rejection)) => Err(unread(rejection.status())),
            Err(_) => Err(misfit()),
        }
    }
}

/// The bytes of a body.
pub(super) async fn bytes(request: Request<Body>) -> Result<Bytes, Trouble> {
    Bytes::from_request(request, &()).await.map_err(|rejection| unread(rejection.status()))
}

/// The content type without its parameters, in small letters.
pub(super) fn kind_of(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// What does not fit its description.
pub(super) fn misfit() -> Trouble {
    Trouble::form(
        "送信内容が /api/v1/openapi.json の定義に合っていません。何も変更していません。",
        "The request does not fit its description in /api/v1/openapi.json. Nothing was changed.",
    )
}

/// Another content type than is wanted.
pub(super) fn kind(wanted: &str) -> Trouble {
    Trouble::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "content-type",
        format!("Content-Type: {wanted} で送ってください。"),
        format!("Send it with Content-Type: {wanted}."),
    )
}

fn unread(status: StatusCode) -> Trouble {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Trouble::new(
            status,
            "too-large",
            "大きすぎます。取り込みは 64 MB まで、その他は 64 KB までです。分けて送ってください。",
            "It is too large: an import has at most 64 MiB, any other call 64 KiB. Split it.",
        );
    }
    Trouble::new(
        StatusCode::BAD_REQUEST,
        "body",
        "本文を最後まで受け取れませんでした。もう一度送ってください。何も変更していません。",
        "The body did not arrive whole. Send it again. Nothing was changed.",
    )
}
