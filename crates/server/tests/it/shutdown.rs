use gantry_client::Error;

use crate::harness::TestServer;

#[tokio::test]
async fn clients_are_told_to_connect_again() {
    let server = TestServer::small().await;
    let mut socket = server.socket().await;
    let waiting = tokio::spawn(async move { socket.next_text().await });
    server.running.shutdown().await.unwrap();
    let Err(Error::Closed(reason)) = waiting.await.unwrap() else { panic!("the socket stayed open") };
    assert_eq!(reason, "1001 the server restarts: connect again");
}

#[tokio::test]
async fn a_stopped_server_leaves_the_port_and_the_database() {
    let server = TestServer::small().await;
    let stranger = server.stranger();
    assert_eq!(stranger.send(http::Method::GET, "/readyz", &[], "".into()).await.unwrap().status, 200);
    let (kernel, addr) = (server.running.kernel.clone(), server.running.addr);
    server.running.shutdown().await.unwrap();
    let closed = kernel.db.read(async |tx| tx.query_opt("SELECT 1", &[]).await).await;
    assert_eq!(closed.map(|_row| ()), Err(gantry_store::DbError::Closed));
    assert!(tokio::net::TcpListener::bind(addr).await.is_ok());
}
