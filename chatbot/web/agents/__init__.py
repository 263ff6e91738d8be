"""What agents use: tools and resources over MCP, and search in OpenAI's form."""
