"""Tests of the tools for agents, over MCP and in OpenAI's form."""
