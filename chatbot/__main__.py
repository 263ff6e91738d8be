"""`python -m chatbot` is the `chatbot` command."""

from chatbot.cli.commands import main

main()
