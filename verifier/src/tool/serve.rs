//! The page by HTTP.

use super::page::{HEADERS, PageFile, Site, entity_tag};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use tegata_certificate::UnixTime;

/// A port that is taken, and the address that it came to.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    /// The address, with the port that the system chose if it was asked to.
    pub address: SocketAddr,
}

/// Takes a port.
///
/// # Errors
/// What the system gives, as when the port is taken.
pub fn listen(address: SocketAddr) -> io::Result<Listening> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok(Listening { listener, address })
}

/// What every request shares: the site, the clock, and whom to tell that newer lists are not taken.
struct Desk {
    site: Mutex<Site>,
    now: fn() -> UnixTime,
    tell: fn(&str),
}

/// Serves a site until the process ends. `tell` hears why lists that came since are not taken.
///
/// # Errors
/// What the system gives.
pub fn serve(site: Site, listening: Listening, now: fn() -> UnixTime, tell: fn(&str)) -> io::Result<()> {
    let desk = Arc::new(Desk { site: Mutex::new(site), now, tell });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listening.listener)?;
        axum::serve(listener, Router::new().fallback(answer).with_state(desk)).await
    })
}

async fn answer(State(desk): State<Arc<Desk>>, request: Request<Body>) -> Response<Body> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return plain(StatusCode::METHOD_NOT_ALLOWED);
    }
    let path = request.uri().path().trim_start_matches('/');
    let mut site = desk.site.lock().unwrap_or_else(PoisonError::into_inner);
    // Whoever asks for the head asks whether there is news.
    if path.ends_with("v1/head.cose")
        && let Err(error) = site.reload((desk.now)())
    {
        (desk.tell)(&error.to_string());
    }
    match site.find(path, takes_brotli(request.headers())) {
        Some(file) => give(file, request.headers()),
        None => plain(StatusCode::NOT_FOUND),
    }
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| coding.split(';').next().is_some_and(|name| name.trim() == "br"))
}

fn give(file: PageFile, asked: &HeaderMap) -> Response<Body> {
    let tag = entity_tag(&file.bytes);
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let mut response = plain(if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    let mut set = |name: header::HeaderName, value: &str| {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, file.kind);
    set(header::CACHE_CONTROL, file.cache);
    set(header::VARY, "accept-encoding");
    set(header::ETAG, &tag);
    if let Some(encoding) = file.encoding {
        set(header::CONTENT_ENCODING, encoding);
    }
    if !known {
        *response.body_mut() = Body::from(file.bytes.into_owned());
    }
    response
}

/// An answer without a body.
fn plain(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, header::HeaderValue::from_static(value));
    }
    response
}
