"""Sends an e-mail."""

from typing import Any, Literal

from pydantic import Field

from flowgen_core.api import ActionError, ActionType, Context, LaterContext, Next, Outcome
from flowgen_plugins import loose
from flowgen_plugins.addresses import Address
from flowgen_plugins.requests import moment, new_id


class Mailbox(Address):
    """Somebody who gets e-mail."""

    type: Literal["", "email"] = Field("email", description="`email`.")
    target: str = Field(min_length=3, pattern="@", description="The e-mail address.")


class Attachment(loose.Sparse):
    """Something that goes with an e-mail."""

    reference_type: str = Field("", description="What kind of thing it is.")
    reference_id: str = Field("", description="Its id.")


class EmailSend(ActionType):
    """Sends an e-mail, where the server has a mail server set; without one it is only noted as initiated.

    Attachments are noted and not sent.
    """

    name = "email_send"
    fatal = False

    class Option(loose.Sparse):
        """What goes to whom."""

        destinations: list[Mailbox] = Field(
            min_length=1, max_length=100, description="Who gets it: 1 to 100 addresses of type `email`."
        )
        subject: str = Field("", description="The subject; line breaks become blanks.")
        content: str = Field("", description="The text.")
        attachments: list[Attachment] = Field([], description="What goes with it.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Notes the e-mail and has it sent after the commit."""
        email = _email(ctx, option)
        ctx.emit("email", email)
        ctx.later(
            {
                "id": email["id"],
                "to": [mailbox.target for mailbox in option.destinations],
                "subject": email["subject"],
                "content": option.content,
            }
        )
        return Next()

    # `data` is what `run` put off.
    async def later(self, ctx: LaterContext, data: Any) -> None:
        """Sends it; without a mail server it stays as it is. Raises `MailFailed`, so that it is tried again."""
        try:
            mail = ctx.mail
        except ActionError:
            return
        await mail.send(data["to"], data["subject"], data["content"], message_id=data["id"])


def _email(ctx: Context, option: EmailSend.Option) -> dict[str, Any]:
    return {
        "id": new_id(ctx.random),
        "activeflow_id": ctx.run_id,
        "source": Address().model_dump(),
        "destinations": [mailbox.model_dump() for mailbox in option.destinations],
        "status": "initiated",
        "subject": " ".join(option.subject.splitlines()),
        "content": option.content,
        "attachments": [attachment.model_dump() for attachment in option.attachments],
        "tm_create": moment(ctx.now),
    }
