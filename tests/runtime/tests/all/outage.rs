//! A table that does not answer.

use crate::request;
use runtime::{Function, Stage};
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};
use store::{Store, StoreConfig};
use suite::goods;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpSocket, TcpStream},
};

/// What a shopper waits at most.
const BOUND: Duration = Duration::from_secs(10);

/// An address that is taken, and on which nobody listens yet.
fn nowhere() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// From now on, connections to it lead to another address.
fn lead(from: TcpSocket, to: String) {
    let listener = from.listen(16).unwrap();
    tokio::spawn(async move {
        loop {
            let (mut inside, _) = listener.accept().await.unwrap();
            let mut outside = TcpStream::connect(to.strip_prefix("http://").unwrap()).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut inside, &mut outside).await });
        }
    });
}

#[tokio::test]
async fn while_the_table_is_not_there_shoppers_read_a_friendly_page_and_then_it_works_again() {
    let stage = Stage::open().await.unwrap();
    let (nobody, address) = nowhere();
    let mut variables = stage.variables.clone();
    let there = variables.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), format!("http://{address}")).unwrap();
    let cart = Function::start(&Stage::binary("cart").await.unwrap(), &variables).await.unwrap();

    let asked = Instant::now();
    let page = cart.invoke(&request("GET", "/cart")).await.unwrap();
    assert!(asked.elapsed() < BOUND, "{:?}", asked.elapsed());
    assert_eq!(page["statusCode"], 503, "{page}");
    assert!(page["headers"]["retry-after"].as_str().unwrap().parse::<u32>().unwrap() > 0, "{page}");
    assert_eq!(page["headers"]["content-type"], "text/html; charset=utf-8", "{page}");
    let html = page["body"].as_str().unwrap();
    assert!(html.contains("Back in a moment") && html.contains("</html>"), "{html}");

    let mut event = request("GET", "/cart");
    event["headers"]["accept"] = "application/json".into();
    let problem = cart.invoke(&event).await.unwrap();
    assert_eq!(problem["statusCode"], 503, "{problem}");
    assert_eq!(problem["headers"]["content-type"], "application/problem+json", "{problem}");
    assert!(problem["headers"]["retry-after"].is_string(), "{problem}");

    lead(nobody, there);
    let page = cart.invoke(&request("GET", "/cart")).await.unwrap();
    assert_eq!(page["statusCode"], 200, "{page}");
    assert_eq!(cart.starts(), 1, "the process has lived through it");
}

#[tokio::test]
async fn a_table_that_takes_connections_and_says_nothing_is_not_waited_for() {
    let stage = Stage::open().await.unwrap();
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let mut variables = stage.variables.clone();
    variables.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), format!("http://{}", silent.local_addr().unwrap()));
    let started = Instant::now();
    let cart = Function::start(&Stage::binary("cart").await.unwrap(), &variables).await.unwrap();
    assert!(started.elapsed() < BOUND, "Lambda gives initialisation ten seconds: {:?}", started.elapsed());
    let asked = Instant::now();
    let page = cart.invoke(&request("GET", "/cart")).await.unwrap();
    assert_eq!(page["statusCode"], 503, "{page}");
    assert!(asked.elapsed() < BOUND, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_table_that_is_not_made_yet_is_an_outage_until_it_is() {
    let stage = Stage::open().await.unwrap();
    let mut variables = stage.variables.clone();
    let name = format!("{}-later", stage.store.table());
    variables.insert("TABLE_NAME".to_owned(), name.clone());
    let cart = Function::start(&Stage::binary("cart").await.unwrap(), &variables).await.unwrap();
    assert_eq!(cart.invoke(&request("GET", "/cart")).await.unwrap()["statusCode"], 503);
    let store = Store::connect(&StoreConfig { table: name, service: stage.service.clone() }).await;
    store.create_table().await.unwrap();
    store.put_settings(&goods::settings()).await.unwrap();
    assert_eq!(cart.invoke(&request("GET", "/cart")).await.unwrap()["statusCode"], 200);
}
