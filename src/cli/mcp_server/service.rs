//! The server: which tools there are, and how a call is answered.
//!
//! Whatever goes wrong inside a call is the call's answer, with the stable code of
//! the error, so that the model can act on it. Only a tool that does not exist is an
//! error of the protocol.

use std::path::PathBuf;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData,
    Implementation, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler};
use serde_json::Value;
use signet::authority::policy::Enforcer;

use crate::context::Context;
use crate::failure::{Done, Failure, Outcome};

use super::arguments::Arguments;
use super::catalog::Tool;
use super::log_tools::LogTools;
use super::signing_tools::{self, KeyMaker, SigningKey};
use super::wire::{self, Stdio};

/// What the flags allow.
pub struct Service {
    /// The home folder and the clock.
    pub context: Context,
    /// The key that signs, if any does.
    pub signing_key: Option<SigningKey>,
    /// The policy that signing is held to.
    pub enforcer: Option<Enforcer>,
    /// The target of calls that name none.
    pub target: String,
    /// Whether what is signed goes into the log.
    pub record: bool,
    /// Whose receipts are good.
    pub trust_bundle: Option<PathBuf>,
    /// How keys are made, if they are.
    pub key_maker: Option<KeyMaker>,
    /// The log.
    pub log: LogTools,
}

/// What a tool answers.
pub struct Answer {
    /// What a program reads.
    pub structured: Value,
    /// What a model reads, where it is not the same.
    pub text: Option<String>,
}

impl From<Value> for Answer {
    fn from(structured: Value) -> Answer {
        Answer {
            structured,
            text: None,
        }
    }
}

/// Serves until the input ends.
pub async fn serve(service: Service) -> Done {
    use rmcp::service::ServerInitializeError as NotBegun;
    let running = match rmcp::serve_server(service, Stdio::start()).await {
        Ok(running) => running,
        // The client has gone before it began.
        Err(NotBegun::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(super::failed(format!("the client did not begin: {error}"))),
    };
    match running.waiting().await {
        Ok(_) => Ok(()),
        Err(error) => Err(super::failed(format!("the server stopped: {error}"))),
    }
}

impl Service {
    fn offers(&self, tool: Tool) -> bool {
        match tool {
            Tool::ContentHash | Tool::LogQuery | Tool::Verify => true,
            Tool::GenerateKeypair => self.key_maker.is_some(),
            Tool::Proof => self.log.can_prove(),
            Tool::Sign => self.signing_key.is_some(),
        }
    }

    fn call(&self, tool: Tool, request: &CallToolRequestParams) -> Result<Answer, Failure> {
        let text = request
            .arguments
            .as_ref()
            .and_then(|all| all.get(wire::TEXT));
        let text = text.and_then(Value::as_str).unwrap_or("{}");
        let schema = tool.input();
        let arguments = Arguments::read(text.as_bytes(), &schema)?;
        match tool {
            Tool::ContentHash => signing_tools::content_hash(&arguments),
            Tool::GenerateKeypair => match &self.key_maker {
                Some(maker) => maker.generate(&arguments, &self.context),
                None => Err(not_offered(tool, "--allow-keygen")),
            },
            Tool::LogQuery => self.log.query(&arguments),
            Tool::Proof if !self.log.can_prove() => Err(not_offered(tool, "--log-key-name")),
            Tool::Proof => self.log.prove(&arguments),
            Tool::Sign => match &self.signing_key {
                Some(key) => signing_tools::sign(key, &arguments, self),
                None => Err(not_offered(tool, "--key")),
            },
            Tool::Verify => signing_tools::verify(&arguments, self),
        }
    }
}

impl ServerHandler for Service {
    fn get_info(&self) -> ServerConfig {
        let about = Implementation::new("signet", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(about)
            .with_instructions(
                "Evidence for what agents do: sign tool calls into receipts, verify receipts, \
                 find records in the audit log and prove that they stand in it.",
            )
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = Tool::ALL.into_iter().filter(|tool| self.offers(*tool));
        Ok(ListToolsResult::with_all_items(
            tools.map(Tool::listed).collect(),
        ))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = Tool::named(&request.name) else {
            let shown: String = request.name.chars().take(100).collect();
            return Err(ErrorData::invalid_params(
                format!("there is no tool {shown:?}"),
                Some(serde_json::json!({ "code": "tool_not_found" })),
            ));
        };
        let result = match self.call(tool, &request) {
            Ok(answer) => {
                let text = answer.text.unwrap_or_else(|| answer.structured.to_string());
                let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
                result.structured_content = Some(answer.structured);
                result
            }
            // Not structured: clients hold that to the schema of a good answer.
            Err(failure) => {
                let text = failure.report(true);
                CallToolResult::error(vec![ContentBlock::text(text.trim_end())])
            }
        };
        Ok(result.into())
    }
}

fn not_offered(tool: Tool, flag: &str) -> Failure {
    Failure::new(
        Outcome::Failed,
        "not_allowed",
        format!("{} is not allowed on this server", tool.name()),
    )
    .with_advice(format!(
        "A person can allow it: start `signet mcp` with {flag}, without --read-only."
    ))
}
