//! Connections: each has its time for a request's head, and all end when the service does.
//!
//! axum's own loop waits for a head without end: whoever opens connections and says nothing would keep them all.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;

/// How long the head of a request may take, and how long a connection may wait for the next one.
const HEAD: Duration = Duration::from_secs(20);
/// Connections at once. More wait until one ends.
const AT_ONCE: usize = 2_048;
/// How long the requests in hand have when the service ends.
const LAST: Duration = Duration::from_secs(30);
/// How long accepting pauses when the system has no more files.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves until `stop` is over, then ends the requests in hand.
pub(super) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let (ending, told) = watch::channel(());
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let turn = turns.clone().acquire_owned().await;
            (turn, listener.accept().await)
        };
        let (turn, accepted) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let Ok(turn) = turn else { break };
        let Ok((stream, peer)) = accepted else {
            // One that ended before it was accepted, or a system without files: either passes.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (router, told) = (router.clone(), told.clone());
        tokio::spawn(async move {
            converse(stream, peer, router, told).await;
            drop(turn);
        });
    }
    drop(listener);
    drop(told);
    // Nobody listens if no connection is open.
    let _ = ending.send(());
    // Whoever still holds a receiver still has a request in hand.
    let _ = tokio::time::timeout(LAST, ending.closed()).await;
}

/// One connection, to its end.
async fn converse(stream: TcpStream, peer: SocketAddr, router: Router, mut told: watch::Receiver<()>) {
    let service = router.map_request(move |request: axum::http::Request<_>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)));
    tokio::select! {
        // Whatever ended it, the other side knows.
        _ = connection.as_mut() => return,
        _ = told.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
