//! What the log is told of a wallet whose storage failed.

use serde::Serialize;

use crate::wire::reply::json;

/// The cause is for who runs the deployment. A caller is told that the storage did not answer, and the id by
/// which this line is found.
#[derive(Serialize)]
struct StorageFailed<'a> {
    log: &'a str,
    /// What was being done.
    during: &'a str,
    /// None where nobody has asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    cause: &'a str,
}

/// One line of JSON, whatever the storage has said.
#[must_use]
pub fn storage_failed(during: &str, request_id: Option<&str>, cause: &str) -> String {
    json(&StorageFailed {
        log: "storage_failed",
        during,
        request_id,
        cause,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_of_json_with_its_cause() {
        let line = storage_failed("call", Some("req_1"), "disk I/O\nerror \"10\"");
        let expected = "{\"log\":\"storage_failed\",\"during\":\"call\",\"request_id\":\"req_1\",\
                        \"cause\":\"disk I/O\\nerror \\\"10\\\"\"}";
        assert_eq!(line, expected);
        let line = storage_failed("alarm", None, "x");
        assert!(!line.contains("request_id"), "{line}");
    }
}
