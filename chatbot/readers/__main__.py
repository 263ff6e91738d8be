"""The process in which files are read; whoever starts it speaks with it through pipes."""

from chatbot.readers.worker import main

if __name__ == "__main__":
    main()
