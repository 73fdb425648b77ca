use http::Extensions;
use lambda_http::{Context, request::RequestContext};

/// The invocation's identifier, where the request came through Lambda.
pub fn request_id(request: &Extensions) -> Option<&str> {
    request.get::<Context>().map(|context| context.request_id.as_str())
}

/// The identifier of its trace, where X-Ray follows it.
pub fn trace_id(request: &Extensions) -> Option<&str> {
    request.get::<Context>()?.xray_trace_id.as_deref()
}

/// The address of who connected to API Gateway: the shopper's, or the CDN's.
pub fn source_address(request: &Extensions) -> Option<&str> {
    match request.get::<RequestContext>()? {
        RequestContext::ApiGatewayV2(gateway) => gateway.http.source_ip.as_deref(),
        // Only version 2 of the HTTP API's events is taken.
        #[allow(unreachable_patterns)]
        _ => None,
    }
}
