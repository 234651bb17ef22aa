"""The screen: a thin Textual app, screens, and widgets, one a file. Shows views, sends intents."""
