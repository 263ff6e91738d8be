"""Start the process that reads files; `ingestion.isolation` talks to it through pipes."""

from chatbot.readers.worker import main

if __name__ == "__main__":
    main()
