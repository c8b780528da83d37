//! A receiver under actix-web.

use std::sync::Arc;
use std::time::Duration;
use std::{io, net};

use actix_web::dev::Server;
use actix_web::{App, FromRequest, HttpRequest, HttpResponse, HttpServer, http, web};
use tokio::time::timeout;

use crate::answer::Answer;
use crate::encoding::Coding;
use crate::intake::{HandOver, Intake, MAX_BODY};

/// How long a connection may be silent. Longer than proxies and clients keep theirs (actix-web: 5 seconds): a
/// webhook that is sent into a connection which we are just closing is lost.
const IDLE: Duration = Duration::from_secs(90);

/// The route and the limit of bodies: 256 KiB if it is not told, and a token of 6000 transactions has 313 KB.
pub fn routes<H: HandOver>(
    intake: Arc<Intake<H>>,
    read_limit: Duration,
) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config
            .app_data(web::PayloadConfig::new(MAX_BODY))
            .app_data(web::Data::new((intake, read_limit)))
            .route("/webhooks", web::post().to(receive::<H>));
    }
}

async fn receive<H: HandOver>(
    shared: web::Data<(Arc<Intake<H>>, Duration)>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let (intake, read_limit) = &**shared;
    let codings = request.headers().get_all(http::header::CONTENT_ENCODING);
    let coding = Coding::first(codings.map(http::header::HeaderValue::as_bytes));
    // Bytes, and not `Json`: what is judged is what came.
    let body = web::Bytes::from_request(&request, &mut payload.into_inner());
    let answer = match timeout(*read_limit, body).await {
        Ok(Ok(body)) => intake.answer(coding, body).await,
        Ok(Err(unread)) if unread.error_response().status() == http::StatusCode::PAYLOAD_TOO_LARGE => {
            Answer::TooLarge
        }
        Ok(Err(_)) => Answer::CutOff,
        Err(_) => Answer::TooSlow,
    };
    let status = http::StatusCode::from_u16(answer.send().as_u16());
    HttpResponse::new(status.unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR))
}

/// Serves until its handle is told to stop, then answers what has come, within `grace`.
pub fn serve<H: HandOver>(
    listener: net::TcpListener,
    intake: Arc<Intake<H>>,
    read_limit: Duration,
    grace: Duration,
) -> io::Result<Server> {
    let server = HttpServer::new(move || App::new().configure(routes(Arc::clone(&intake), read_limit)))
        .keep_alive(IDLE)
        .shutdown_timeout(grace.as_secs())
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(server)
}
