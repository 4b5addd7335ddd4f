"""ProjectService: projects, their API keys and their channels."""

from flowgen_core.pb.v1 import project_pb2, project_pb2_grpc
from flowgen_core.runtime.channels import Channels
from flowgen_core.runtime.keys import ApiKeys
from flowgen_core.runtime.projects import Projects
from flowgen_core.services.call import Context, current_caller
from flowgen_core.services.once import answer_once, once_of
from flowgen_core.services.translate import channel as channel_translate
from flowgen_core.services.translate import project as translate
from flowgen_core.store.paging import Page


class ProjectService(project_pb2_grpc.ProjectServiceServicer):
    """Serves the rpcs of ProjectService."""

    def __init__(self, projects: Projects, keys: ApiKeys, channels: Channels) -> None:
        self._projects, self._keys, self._channels = projects, keys, channels

    async def GetCaller(self, request: project_pb2.GetCallerRequest, context: Context) -> project_pb2.Caller:
        """Answers who is calling."""
        return translate.caller_out(current_caller())

    async def CreateProject(
        self, request: project_pb2.CreateProjectRequest, context: Context
    ) -> project_pb2.CreateProjectResponse:
        """Makes a project and its first key."""
        draft = translate.project_draft(request.project)
        done = await self._projects.create_once(draft, once_of(request, current_caller()))
        return translate.created_out(answer_once(context, done))

    async def GetProject(
        self, request: project_pb2.GetProjectRequest, context: Context
    ) -> project_pb2.Project:
        """Reads the caller's project."""
        project = await self._projects.get(current_caller(), request.id)
        return translate.project_out(project)

    async def UpdateProject(
        self, request: project_pb2.UpdateProjectRequest, context: Context
    ) -> project_pb2.Project:
        """Changes the caller's project."""
        change = translate.project_change(request)
        project = await self._projects.update(current_caller(), request.project.id, change)
        return translate.project_out(project)

    async def CreateApiKey(
        self, request: project_pb2.CreateApiKeyRequest, context: Context
    ) -> project_pb2.ApiKey:
        """Makes a key of the caller's project."""
        draft = translate.key_draft(request.api_key)
        done = await self._keys.create(current_caller(), draft, once_of(request, current_caller()))
        return translate.key_out(answer_once(context, done))

    async def ListApiKeys(
        self, request: project_pb2.ListApiKeysRequest, context: Context
    ) -> project_pb2.ListApiKeysResponse:
        """Lists the keys of the caller's project."""
        page = Page.of(request.page_size, request.page_token)
        listing = await self._keys.list(current_caller(), page, request.with_total)
        return translate.keys_out(listing)

    async def DeleteApiKey(
        self, request: project_pb2.DeleteApiKeyRequest, context: Context
    ) -> project_pb2.ApiKey:
        """Deletes a key of the caller's project."""
        key = await self._keys.delete(current_caller(), request.id)
        return translate.key_out(key)

    async def CreateChannel(
        self, request: project_pb2.CreateChannelRequest, context: Context
    ) -> project_pb2.Channel:
        """Makes a channel of the caller's project."""
        draft, once = channel_translate.channel_draft(request.channel), once_of(request, current_caller())
        done = await self._channels.create(current_caller(), draft, once)
        return channel_translate.channel_out(answer_once(context, done))

    async def GetChannel(
        self, request: project_pb2.GetChannelRequest, context: Context
    ) -> project_pb2.Channel:
        """Reads a channel of the caller's project."""
        channel = await self._channels.get(current_caller(), request.id.lower())
        return channel_translate.channel_out(channel)

    async def DeleteChannel(
        self, request: project_pb2.DeleteChannelRequest, context: Context
    ) -> project_pb2.Channel:
        """Deletes a channel of the caller's project."""
        channel = await self._channels.delete(current_caller(), request.id.lower())
        return channel_translate.channel_out(channel)

    async def ListChannels(
        self, request: project_pb2.ListChannelsRequest, context: Context
    ) -> project_pb2.ListChannelsResponse:
        """Lists the channels of the caller's project."""
        types, page = channel_translate.types_in(request), Page.of(request.page_size, request.page_token)
        listing = await self._channels.list(current_caller(), types, page, request.with_total)
        return channel_translate.channels_out(listing)

    async def UpdateChannel(
        self, request: project_pb2.UpdateChannelRequest, context: Context
    ) -> project_pb2.Channel:
        """Changes a channel of the caller's project."""
        change = channel_translate.channel_change(request)
        channel = await self._channels.update(current_caller(), request.channel.id.lower(), change)
        return channel_translate.channel_out(channel)
