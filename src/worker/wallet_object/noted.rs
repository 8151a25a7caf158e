//! What the log is told where something has failed: a storage, the core, whoever was asked.

use serde::Serialize;

use crate::wire::reply::json;

/// Characters of a cause. What was thrown is somebody else's text, and a line has to stay one.
const MAX_CAUSE: usize = 2_000;

/// The cause is for who runs the deployment. A caller is told that something did not answer, and the id by
/// which this line is found. Nothing of the request is in it.
#[derive(Serialize)]
struct Noted<'a> {
    log: &'a str,
    /// What was being done, or who was asked.
    during: &'a str,
    /// None where nobody has asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    cause: String,
}

fn line(log: &str, during: &str, request_id: Option<&str>, cause: &str) -> String {
    json(&Noted {
        log,
        during,
        request_id: request_id.filter(|id| !id.is_empty()),
        cause: cause.chars().take(MAX_CAUSE).collect(),
    })
}

/// One line of JSON, whatever the storage has said.
#[must_use]
pub fn storage_failed(during: &str, request_id: Option<&str>, cause: &str) -> String {
    line("storage_failed", during, request_id, cause)
}

/// One line of JSON for a core that has stopped, and for whoever did not answer.
#[must_use]
pub fn failed(during: &str, request_id: Option<&str>, cause: &str) -> String {
    line("failed", during, request_id, cause)
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
        for nobodys in [None, Some("")] {
            let line = failed("alarm", nobodys, "RuntimeError: unreachable\n    at x");
            let expected = "{\"log\":\"failed\",\"during\":\"alarm\",\
                            \"cause\":\"RuntimeError: unreachable\\n    at x\"}";
            assert_eq!(line, expected);
        }
        let long = failed("wallet", None, &"ü".repeat(9_000));
        assert_eq!(long.matches('ü').count(), MAX_CAUSE);
    }
}
