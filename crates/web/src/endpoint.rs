//! One entry per endpoint: its route, its permission and its description are one thing, so that
//! none can be reached without the second or missing from the third.

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use palisade_kernel::Problem;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::caller::{Caller, Permission};
use crate::failure::Failure;

/// An endpoint, ready to be routed.
pub struct Endpoint<S> {
    pub description: Description,
    handler: MethodRouter<S>,
}

/// What the OpenAPI document says of an endpoint.
#[derive(Clone)]
pub struct Description {
    pub method: Method,
    /// As axum and OpenAPI both write it: `/api/v1/tokens/{id}`.
    pub path: &'static str,
    pub permission: Permission,
    pub summary: &'static str,
    pub(crate) body: Option<Describe>,
    pub(crate) answer: Option<Describe>,
    pub(crate) query: &'static [Parameter],
}

/// A parameter of the query.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) is_required: bool,
}

impl Parameter {
    pub const fn optional(name: &'static str, meaning: &'static str) -> Self {
        Self {
            name,
            meaning,
            is_required: false,
        }
    }

    pub const fn required(name: &'static str, meaning: &'static str) -> Self {
        Self {
            name,
            meaning,
            is_required: true,
        }
    }
}

pub(crate) type Describe = fn(&mut SchemaGenerator) -> Schema;

/// An endpoint's description without its handler, to be completed by [`Description::by`].
pub fn described(
    method: Method,
    path: &'static str,
    permission: Permission,
    summary: &'static str,
) -> Description {
    Description {
        method,
        path,
        permission,
        summary,
        body: None,
        answer: None,
        query: &[],
    }
}

impl Description {
    /// It reads a JSON body.
    #[must_use]
    pub fn takes<T: JsonSchema>(mut self) -> Self {
        self.body = Some(|generator| generator.subschema_for::<T>());
        self
    }

    /// It answers 200 with a JSON body; without this, 204.
    #[must_use]
    pub fn answers<T: JsonSchema>(mut self) -> Self {
        self.answer = Some(|generator| generator.subschema_for::<T>());
        self
    }

    /// It reads these parameters of the query.
    #[must_use]
    pub const fn with_query(mut self, query: &'static [Parameter]) -> Self {
        self.query = query;
        self
    }

    /// Completes it with what answers.
    pub const fn by<S>(self, handler: MethodRouter<S>) -> Endpoint<S> {
        Endpoint {
            description: self,
            handler,
        }
    }
}

/// The routes of `endpoints`, each behind its permission.
pub fn router<S>(endpoints: Vec<Endpoint<S>>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    endpoints
        .into_iter()
        .fold(Router::new(), |router, endpoint| {
            let Description {
                path, permission, ..
            } = endpoint.description;
            let check =
                from_fn(move |request: Request, next: Next| admit(permission, request, next));
            router.route(path, endpoint.handler.layer(check))
        })
}

async fn admit(permission: Permission, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>();
    match caller.map(|caller| caller.permission) {
        _ if permission == Permission::Open => next.run(request).await,
        Some(held) if held >= permission => next.run(request).await,
        Some(held) => {
            let (held, wanted) = (held.as_str(), permission.as_str());
            let detail = format!("This needs the permission `{wanted}`; the token has `{held}`.");
            Failure::new(&Problem::FORBIDDEN)
                .with_detail(detail)
                .into_response()
        }
        None => Failure::new(&Problem::UNAUTHENTICATED).into_response(),
    }
}
