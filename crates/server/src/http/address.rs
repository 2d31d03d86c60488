//! Where a request comes from.

use std::net::IpAddr;

use http::HeaderMap;

/// The client's address, seen through `proxies` reverse proxies that the operator vouches for.
///
/// Each proxy appends the address that it sees to `X-Forwarded-For`, so that the entry that counts is the
/// `proxies`-th from the end; anything before it was sent by the client. Upstream: `getClientAddress` in
/// Meteor and `HTTP_FORWARDED_COUNT`; unlike upstream `X-Real-IP` is not believed without a proxy either.
pub(crate) fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: usize) -> IpAddr {
    if proxies == 0 {
        return peer.to_canonical();
    }
    forwarded(headers, proxies).or_else(|| real_ip(headers)).unwrap_or(peer).to_canonical()
}

fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let entries: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let position = entries.len().checked_sub(proxies)?;
    parse(entries.get(position)?)
}

fn real_ip(headers: &HeaderMap) -> Option<IpAddr> {
    parse(headers.get("x-real-ip")?.to_str().ok()?)
}

/// An address, with or without a port.
fn parse(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse().ok().map(|address: std::net::SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn seen(proxies: usize, headers: &[(&'static str, &'static str)]) -> String {
        let peer = IpAddr::from([10, 0, 0, 1]);
        let headers = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)));
        client_address(peer, &headers.collect(), proxies).to_string()
    }

    #[test]
    fn without_proxies_no_header_is_believed() {
        assert_eq!(seen(0, &[("x-forwarded-for", "1.2.3.4"), ("x-real-ip", "5.6.7.8")]), "10.0.0.1");
    }

    #[test]
    fn what_the_client_put_in_front_is_ignored() {
        assert_eq!(seen(1, &[("x-forwarded-for", "6.6.6.6, 1.2.3.4")]), "1.2.3.4");
        assert_eq!(seen(2, &[("x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.0.0.9")]), "1.2.3.4");
    }

    #[test]
    fn a_shorter_list_than_there_are_proxies_falls_back() {
        assert_eq!(seen(2, &[("x-forwarded-for", "1.2.3.4")]), "10.0.0.1");
        assert_eq!(seen(2, &[("x-forwarded-for", "1.2.3.4"), ("x-real-ip", "5.6.7.8")]), "5.6.7.8");
        assert_eq!(seen(1, &[("x-forwarded-for", "nonsense")]), "10.0.0.1");
    }

    #[test]
    fn addresses_may_have_a_port() {
        assert_eq!(seen(1, &[("x-forwarded-for", "[2001:db8::1]:4711")]), "2001:db8::1");
        assert_eq!(seen(1, &[("x-forwarded-for", "1.2.3.4:80")]), "1.2.3.4");
    }
}
