//! Who is at the admin listener, when it is not the socket: whoever has a token.

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use palisade_kernel::Problem;
use palisade_web::Failure;

use crate::Operate;

/// Puts the caller into the request where it has a good `Authorization: Bearer` (RFC 6750). A bad
/// one is refused at once; none is left to each endpoint's permission.
pub async fn authenticate(
    State(operate): State<Operate>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut fields = request.headers().get_all(AUTHORIZATION).iter();
    let token = match (fields.next(), fields.next()) {
        (None, _) => return next.run(request).await,
        (Some(field), None) => field.to_str().ok().and_then(bearer),
        // Two credentials are none.
        (Some(_), Some(_)) => None,
    };
    let caller = match token {
        Some(token) => operate.bearer(token).await,
        None => Ok(None),
    };
    match caller {
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Ok(None) => Failure::new(&Problem::UNAUTHENTICATED).into_response(),
        Err(refused) => Failure::from(refused).into_response(),
    }
}

fn bearer(field: &str) -> Option<&str> {
    let (scheme, token) = field.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
