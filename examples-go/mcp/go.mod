module signet/mcp

go 1.25.0

require signet v0.0.0

require github.com/modelcontextprotocol/go-sdk v1.8.0 // indirect

replace signet => ../
