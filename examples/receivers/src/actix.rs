//! A receiver for actix-web.

use std::sync::Arc;
use std::time::Duration;
use std::{io, net};

use actix_web::dev::Server;
use actix_web::{App, FromRequest, HttpRequest, HttpResponse, HttpServer, http, web};
use tokio::time::timeout;

use crate::answer::Answer;
use crate::encoding::Coding;
use crate::intake::{HandOver, Intake, MAX_BODY};

/// How long a connection may be idle. Longer than the keep-alive of proxies and clients: a webhook sent into a
/// connection that is just being closed is lost. The default of actix-web is 5 seconds.
const IDLE: Duration = Duration::from_secs(90);

/// Routes `POST /webhooks` and sets the limit on bodies. The default of actix-web is 256 KiB, but a token with 6000
/// transactions has 313 KB.
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
    // Bytes, not `Json`: the signature is over the bytes as sent.
    let body = web::Bytes::from_request(&request, &mut payload.into_inner());
    let answer = match timeout(*read_limit, body).await {
        Ok(Ok(body)) => intake.answer(coding, body).await,
        Ok(Err(unread))
            if unread.error_response().status() == http::StatusCode::PAYLOAD_TOO_LARGE =>
        {
            Answer::TooLarge
        }
        Ok(Err(_)) => Answer::CutOff,
        Err(_) => Answer::TooSlow,
    };
    let status = http::StatusCode::from_u16(answer.send().as_u16());
    HttpResponse::new(status.unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR))
}

/// Serves until its handle is told to stop. Then it answers the requests that have arrived, within `grace`.
pub fn serve<H: HandOver>(
    listener: net::TcpListener,
    intake: Arc<Intake<H>>,
    read_limit: Duration,
    grace: Duration,
) -> io::Result<Server> {
    let server =
        HttpServer::new(move || App::new().configure(routes(Arc::clone(&intake), read_limit)))
            .keep_alive(IDLE)
            .shutdown_timeout(grace.as_secs())
            .disable_signals()
            .listen(listener)?
            .run();
    Ok(server)
}
