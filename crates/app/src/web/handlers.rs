//! Handlers of one type, whatever they read and answer.
//!
//! axum builds a tower of services around each function it is given, and the compiler proves of every
//! storey that the function's future may move between threads. With some three hundred addresses that was
//! a third of the time to build this library. Here the function is hidden first, so there is one tower.

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use axum::routing::{self, MethodRouter};
use std::pin::Pin;
use std::sync::Arc;

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A function that answers a request, its arguments and its future hidden.
struct Hidden<S>(Arc<dyn Fn(Request, S) -> Answer + Send + Sync>);

impl<S> Clone for Hidden<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: 'static> Handler<(), S> for Hidden<S> {
    type Future = Answer;

    fn call(self, request: Request, state: S) -> Answer {
        (self.0)(request, state)
    }
}

fn hidden<H, T, S>(handler: H) -> Hidden<S>
where
    H: Handler<T, S, Future = Answer>,
{
    Hidden(Arc::new(move |request, state| {
        handler.clone().call(request, state)
    }))
}

/// Answers GET and HEAD.
pub(super) fn get<H, T, S>(handler: H) -> MethodRouter<S>
where
    H: Handler<T, S, Future = Answer>,
    S: Clone + Send + Sync + 'static,
{
    routing::get(hidden(handler))
}

/// Answers POST.
pub(super) fn post<H, T, S>(handler: H) -> MethodRouter<S>
where
    H: Handler<T, S, Future = Answer>,
    S: Clone + Send + Sync + 'static,
{
    routing::post(hidden(handler))
}

/// A page and its form: the first answers GET, the second POST.
pub(super) fn form<G, T, P, U, S>(page: G, form: P) -> MethodRouter<S>
where
    G: Handler<T, S, Future = Answer>,
    P: Handler<U, S, Future = Answer>,
    S: Clone + Send + Sync + 'static,
{
    get(page).merge(post(form))
}
