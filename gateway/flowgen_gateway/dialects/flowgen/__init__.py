"""The FlowGen chats API."""
