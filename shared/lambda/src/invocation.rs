use http::Extensions;

/// What Lambda says of a request beside the request itself. Where a function runs elsewhere, requests come without it.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    /// The invocation's identifier.
    pub request_id: String,
    /// The identifier of its trace, where X-Ray follows it.
    pub trace_id: Option<String>,
    /// The address of who connected to API Gateway: the shopper's, or the CDN's.
    pub source_address: Option<String>,
}

impl Invocation {
    /// The invocation that a request came with.
    pub fn of(request: &Extensions) -> Option<&Self> {
        request.get()
    }
}
