//! Runs everything in one process until Ctrl-C.

mod follow;
mod forward;
mod front;
mod mend;
mod outbox;
mod schedule;

use crate::{
    ServeOptions,
    commands::{admin, demo, setup},
    data::{self, DataFolder},
    services::{Functions, Services},
};
use anyhow::{Context, Result, bail};
use axum::Router;
use domain::customer::Role;
pub(crate) use follow::Edition;
use follow::Follower;
use front::{Front, Within};
use http::Uri;
use indicatif::ProgressBar;
use mend::Lost;
use outbox::Outbox;
use publish::Publisher;
use render::Renderer;
use std::{sync::Arc, time::Instant};
use store::stream::Positions;
use tokio::sync::watch;
use tower::limit::GlobalConcurrencyLimitLayer;
use web::{App, Keys};

const ADMIN: &str = "admin@shop.example";
/// Requests that each function works on at once. The others wait their turn: more at once would not be faster, and calls of the
/// table would run out of time.
const AT_ONCE: usize = 64;

pub(crate) async fn run(folder: &DataFolder, options: ServeOptions) -> Result<()> {
    let ServeOptions { port, base_url, functions: elsewhere } = options;
    let started = Instant::now();
    let asked_to_stop = asked_to_stop()?;
    let listener = front::listen(port)?;
    let address = format!("http://{}", listener.local_addr()?);
    let base_url = base_url.unwrap_or_else(|| address.clone());
    folder.create()?;
    let Some(lock) = folder.lock()? else { bail!("a shop, or one of its commands, is running in this data folder already") };
    let place = if elsewhere.is_some() { Functions::Elsewhere } else { Functions::Here };
    let services = Services::start(folder, lock, place, Some(base_url.trim_end_matches('/'))).await?;
    let lost = Lost::find(&services).await?;
    set_up(folder, &services).await?;
    let secrets = folder.secrets()?;
    let keys = Keys::parse(&secrets.session_keys, &secrets.link_secret)?;
    let app = App::new(services.store.clone(), keys, base_url.trim_end_matches('/'))?;
    folder.write_functions_env(&services.variables(), &secrets, &app.base_url)?;
    let (site, media) = (services.site.clone(), services.media.clone());
    let front = Arc::new(Front::new(functions(&app, elsewhere.as_ref())?, site, media, &app.base_url));
    let follower = follower(folder, &services, &app, &front, &lost).await?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        asked_to_stop.await;
        // The receivers are gone when the shop has stopped by itself.
        let _ = stop.send(true);
    });
    let following = tokio::spawn(follower.run(stopped.clone()));
    let sweeping = tokio::spawn(schedule::run(services.store.clone(), stopped.clone()));
    let password = password_of_admin(&services, &app.base_url).await?;
    print_addresses(&address, folder, password.as_deref(), elsewhere.as_ref());
    say!("Ready in {:.1} s. Ctrl-C stops the shop.", started.elapsed().as_secs_f32());
    let to_close = folder.clone();
    tokio::task::spawn_blocking(move || to_close.close_all());
    front::serve(listener, front, Within::default(), stopped).await?;
    following.await?;
    sweeping.await?;
    services.stop().await;
    say!("The shop has stopped. Everything is kept.");
    Ok(())
}

/// Makes a new shop of an empty table. What a start before this one had done already stays; the settings come last.
async fn set_up(folder: &DataFolder, services: &Services) -> Result<()> {
    let Services { store, media, .. } = services;
    setup::upload_files(services).await?;
    if store.settings().await?.is_some() {
        return Ok(());
    }
    if services.has_own_table() && folder.has_been_a_shop() {
        let database = folder.database();
        bail!("the database {} holds no shop, but this folder was one: {}", database.display(), folder.remedy());
    }
    admin::account(store, &ADMIN.parse()?, &"Owner".parse()?, Role::Owner).await?;
    demo::fill(store, media).await.context("the demonstration shop cannot be set up")
}

/// A link that sets the first admin's password, until somebody has signed in as the admin.
async fn password_of_admin(services: &Services, base_url: &str) -> Result<Option<String>> {
    match services.store.credentials(&ADMIN.parse()?).await? {
        Some(credentials) if !credentials.were_used() => {
            admin::password_link(&services.store, &credentials, base_url).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// The functions by the first part of the paths they answer: here, or where `elsewhere` says.
fn functions(app: &Arc<App>, elsewhere: Option<&Uri>) -> Result<Vec<(&'static str, Router)>> {
    let limited = |function: Router| function.layer(GlobalConcurrencyLimitLayer::new(AT_ONCE));
    let checkout = limited(checkout::router(app.clone()));
    let here = [
        ("auth", limited(auth::router(app.clone()))),
        ("account", limited(account::router(app.clone()))),
        ("cart", limited(cart::router(app.clone()))),
        ("checkout", checkout.clone()),
        ("orders", checkout),
        ("admin", limited(::admin::router(app.clone()))),
    ];
    let Some(address) = elsewhere else { return Ok(here.into()) };
    let elsewhere = forward::router(address)?;
    Ok(here.into_iter().map(|(path, _)| (path, elsewhere.clone())).collect())
}

/// Follows the stream from where the last process left it. The site is published first: at once where there is none yet or part
/// of it is lost, in the background where the one that is there is of another edition.
async fn follower(folder: &DataFolder, services: &Services, app: &Arc<App>, front: &Arc<Front>, lost: &Lost) -> Result<Follower> {
    let settings = app.settings.get().await?;
    let edition = Edition::current(&app.base_url, settings.version);
    let published: Option<Edition> = data::read_whole(&folder.edition());
    let (positions, is_older) = positions(folder, services).await?;
    let stream = services.store.stream(positions).await?;
    data::write_json(&folder.positions(), stream.positions())?;
    let at_once = published.is_none() || is_older || lost.has_pages();
    let mut follower = Follower {
        stream,
        records: services.records(),
        table: services.store.table().to_owned(),
        forgot: None,
        publisher: Publisher::new(services.store.clone(), services.site.clone(), Renderer::new()?, &app.base_url),
        outbox: Outbox::new(&folder.outbox()),
        app: app.clone(),
        front: front.clone(),
        positions: folder.positions(),
        outdated: (at_once || published.as_ref() != Some(&edition)).then(|| (folder.edition(), edition)),
        damage: services.damage(),
        damaged: false,
    };
    lost.restore_pictures(services).await?;
    let mut done = None;
    if at_once {
        let progress = ProgressBar::new_spinner().with_style(setup::style());
        done = follower.publish_outdated(&progress).await.context("the site cannot be published")?;
        progress.finish_and_clear();
    }
    if published.is_some() {
        lost.tell(services, folder, done.as_ref()).await?;
    }
    Ok(follower)
}

/// How far the stream was followed, `None` at the first start; and whether the database is older than that, as one from a backup
/// is. What is not known any more is followed from the oldest record that is kept: doing it twice changes nothing.
async fn positions(folder: &DataFolder, services: &Services) -> Result<(Option<Positions>, bool)> {
    let Some(positions) = data::read_whole::<Positions>(&folder.positions()) else {
        return Ok((folder.has_been_a_shop().then(Positions::default), false));
    };
    for followed in positions.numbers() {
        if let Some(records) = services.records()
            && records.end_before(services.store.table(), followed).await?
        {
            say!("Site      is newer than the database and is published again");
            return Ok((Some(Positions::default()), true));
        }
    }
    Ok((Some(positions), false))
}

fn print_addresses(address: &str, folder: &DataFolder, password: Option<&str>, functions: Option<&Uri>) {
    say!("Shop      {address}/");
    say!("Admin     {address}/admin  (sign in at {address}/auth/sign-in)");
    if let Some(password) = password {
        say!("E-mail    {ADMIN}");
        say!("Password  {password}  {}", admin::TERMS);
    }
    say!("Mail      {}", folder.outbox().display());
    if let Some(functions) = functions {
        say!("Functions {functions}  (their variables are in {})", folder.functions_env().display());
    }
}

/// Becomes ready at Ctrl-C, or at the signal that service managers send. Signals are taken from the call on.
#[cfg(unix)]
pub(crate) fn asked_to_stop() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Becomes ready at Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn asked_to_stop() -> Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
