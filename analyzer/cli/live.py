"""`analyzer replay`, `analyzer live` and `analyzer serve`: calls as they happen."""

from __future__ import annotations

import asyncio
import base64
import time
import webbrowser
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from analyzer import BEGUN
from analyzer.audio import Speaker
from analyzer.cli.loading import Engines, load_engines, load_playbook, tls_context
from analyzer.cli.logs import LOG, Form, logged, say
from analyzer.errors import AnalyzerError, OutputError

if TYPE_CHECKING:
    from analyzer.engines.vosk_engine import Pace
    from analyzer.live.desk import DeskSettings, Makers
    from analyzer.live.line import About, LiveCall
    from analyzer.playbook import Playbook
    from analyzer.server.app import Server, ServerSettings, Work
    from analyzer.sources.device import Found, Input, Microphone

PORT = 8765
LINGER_S = 1.5  # after a replay, so that a page still hears how the call ended
READY_EARS = 2  # recognizers made before the first call, so that it starts without a stall
EARS_A_CALL = 2  # kept ready from then on for each call that may come, so that many may begin at once,
FEWEST_SPARE, MOST_SPARE = 4, 16  # of 18 MB each

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "-o", "--output", type=click.Path(path_type=Path), help="Folder for records; without it none is kept."
    ),
    click.option("--keep-audio", is_flag=True, help="Keep the audio beside the record."),
    click.option("--playbook", type=click.Path(path_type=Path), help="A playbook of your own."),
    click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
    click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="Port of the pages."),
    click.option("--allow-host", multiple=True, help="Another name that this machine is reached by."),
    click.option(
        "--token", envvar="ANALYZER_TOKEN", default="", help="What a visitor must show; made up off loopback."
    ),
    click.option("--tls-cert", type=click.Path(path_type=Path), help="Certificate chain, to serve https and wss."),
    click.option("--tls-key", type=click.Path(path_type=Path), help="Its private key."),
    click.option("--open", "open_page", is_flag=True, help="Open the overlay in the browser."),
    click.option("--terminal", is_flag=True, help="Show the prompts in this terminal."),
    click.option(
        "--log",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Lines on stderr for people, or a JSON object a line for programs; no word of a call in either.",
    ),
)


@dataclass(frozen=True, slots=True)
class Serving:
    """The options that all three verbs share."""

    output: Path | None
    keep_audio: bool
    playbook: Path | None
    host: str
    port: int
    allow_host: tuple[str, ...]
    token: str
    tls_cert: Path | None
    tls_key: Path | None
    open_page: bool
    terminal: bool
    log: Form = "text"


def serving_options(command: F) -> F:
    """Add the shared options to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("recording", type=click.Path(path_type=Path))
@click.option(
    "--speed", type=click.FloatRange(0.1, 1000), default=1.0, show_default=True, help="Times as fast as it was."
)
@click.option(
    "--agent-channel", type=click.IntRange(0, 1), default=0, show_default=True, help="Which channel is the agent."
)
@serving_options
def replay(recording: Path, speed: float, agent_channel: int, **options: Any) -> int:
    """Play a recorded call as if it were live, with the overlay.

    \b
    Examples:
      analyzer replay samples/calls/phone-abusive.flac --open
      analyzer replay call.wav --speed 4 --terminal -o replayed
    """
    from analyzer.live.line import About
    from analyzer.sources.file import open_call

    serving = Serving(**options)
    audio = open_call(recording, agent_channel=agent_channel)
    about = About(audio.call_id, audio.path.name, audio.rates, audio.codec, speed=speed, max_skew_s=None)

    async def play(server: Server) -> None:
        line = server.desk.open(about)
        await feed_paced(line, audio.chunks, speed)
        await asyncio.to_thread(line.join)
        await asyncio.sleep(LINGER_S)
        if serving.open_page:
            say("the call is over; Ctrl-C ends the program")
            await server.stopping.wait()

    return serve_calls(serving, [play], most_calls=1, any_port=True, pace="replay")


@click.command()
@click.option("--list-devices", is_flag=True, help="List the inputs of this machine and end.")
@click.option("--agent", "agent_device", default="", help="The agent's input: number or part of its name.")
@click.option("--customer", "customer_device", default="", help="The customer's input: a loopback or line device.")
@click.option("--device", default="", help="One input with both: channel 1 is the agent, channel 2 the customer.")
@click.option("--agent-name", default="", help="Whose call it is, for the supervisor's page.")
@serving_options
def live(
    list_devices: bool, agent_device: str, customer_device: str, device: str, agent_name: str, **options: Any
) -> int:
    """Listen to a call on this machine's sound devices, with the overlay.

    \b
    Examples:
      analyzer live --list-devices
      analyzer live --agent "Headset" --customer "Monitor of Headset" --open
      analyzer live --device "Line In" -o calls --terminal
    """
    from analyzer.sources.device import devices

    if list_devices:
        return print_devices(devices())
    inputs = inputs_of(agent_device, customer_device, device)
    return serve_calls(Serving(**options), [partial(listen, inputs=inputs, agent_name=agent_name)], most_calls=1)


WIRE_OPTIONS = (
    click.option(
        "--vosk-port", type=click.IntRange(0, 65535), help="Speak vosk-server's protocol here too, as on 2700."
    ),
    click.option(
        "--vosk-speaker",
        type=click.Choice(["customer", "agent", "unknown"]),
        default="customer",
        show_default=True,
        help="Whom vosk-server's clients carry if they do not say; only the customer is judged.",
    ),
    click.option(
        "--audiosocket-port", type=click.IntRange(0, 65535), help="Take Asterisk's AudioSocket here, as on 9092."
    ),
    click.option("--audiosocket-peer", multiple=True, help="An address or network that AudioSocket may come from."),
    click.option(
        "--inbound",
        type=click.Choice(["customer", "agent"]),
        default="customer",
        show_default=True,
        help="Whom Twilio's inbound track carries.",
    ),
    click.option("--twilio-account", default="", help="Take streams of this account only."),
    click.option("--twilio-auth-token", envvar="TWILIO_AUTH_TOKEN", default="", help="Take signed streams only."),
    click.option(
        "--audiohook-secret",
        multiple=True,
        envvar="ANALYZER_AUDIOHOOK_SECRETS",
        help="KEY=SECRET as Genesys has them, the secret in base64; may be repeated.",
    ),
    click.option(
        "--audiohook-tells",
        multiple=True,
        type=click.Choice(["transcript", "agentassist"]),
        help="What Genesys is sent back; nothing if not given.",
    ),
)


def wire_options(command: F) -> F:
    """Add the options of the protocols to a command."""
    for option in reversed(WIRE_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.option("--calls", type=click.IntRange(1), help="The most calls at once; four for each core if not given.")
@click.option(
    "--audit-port", type=click.IntRange(0, 65535), help="Serve the audit of the records in -o here, as on 8770."
)
@wire_options
@serving_options
def serve(
    calls: int | None,
    audit_port: int | None,
    vosk_port: int | None,
    vosk_speaker: Speaker,
    audiosocket_port: int | None,
    audiosocket_peer: tuple[str, ...],
    inbound: Speaker,
    twilio_account: str,
    twilio_auth_token: str,
    audiohook_secret: tuple[str, ...],
    audiohook_tells: tuple[str, ...],
    **options: Any,
) -> int:
    """Take calls over sockets, with an overlay for each agent and a page for supervisors.

    \b
    Examples:
      analyzer serve -o calls
      analyzer serve -o calls --audit-port 8770
      analyzer serve --vosk-port 2700
      analyzer serve --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem --allow-host calls.example
      analyzer serve -o calls --log json 2>> analyzer.log
    """
    from analyzer.server.sockets import WireSettings
    from analyzer.sources.twilio import TwilioSettings

    wires = WireSettings(
        TwilioSettings(inbound, twilio_account),
        twilio_auth_token,
        secrets_of(audiohook_secret),
        frozenset(audiohook_tells),
        peers=audiosocket_peer,
        vosk_speaker=vosk_speaker,
    )
    return serve_calls(
        Serving(**options),
        [],
        calls,
        audit_port=audit_port,
        vosk_port=vosk_port,
        audiosocket_port=audiosocket_port,
        wires=wires,
    )


def secrets_of(given: Sequence[str]) -> dict[str, bytes]:
    """AudioHook's secrets by key; one that is not KEY=BASE64 is a usage error that does not repeat it."""
    found = {}
    for text in given:
        key, equals, secret = text.partition("=")
        try:
            found[key] = base64.b64decode(secret, validate=True)
        except ValueError:
            equals = ""
        if not (key and equals):
            raise click.UsageError("--audiohook-secret is KEY=SECRET, the secret in base64")
    return found


def print_devices(found: list[Found]) -> int:
    """One line a device; 1 if there are none."""
    for one in found:
        mark = "*" if one.is_default else " "
        click.echo(f"{mark} {one.number:>3}  {one.channels} ch  {one.rate} Hz  {one.name}")
    if not found:
        say("no sound input on this machine; a recording can be played by: analyzer replay FILE")
    return 0 if found else 1


def inputs_of(agent: str, customer: str, device: str) -> list[Input]:
    """Which input hears whom, as the options have it."""
    from analyzer.sources.device import Input

    if device and not (agent or customer):
        return [Input("agent", device, 0), Input("customer", device, 1)]
    if agent and customer and not device:
        return [Input("agent", agent), Input("customer", customer)]
    raise click.UsageError("give --agent and --customer, or one --device with both; see --list-devices")


async def listen(server: Server, inputs: list[Input], agent_name: str) -> None:
    """One call on sound devices, until the program is stopped."""
    from analyzer.live.line import About
    from analyzer.sources.device import BLOCK_S, Microphone

    microphones = [Microphone(source) for source in inputs]
    now = datetime.now(timezone.utc).strftime("live-%Y%m%d-%H%M%S")
    rates = {microphone.source.speaker: microphone.rate for microphone in microphones}
    line = server.desk.open(About(now, "sound devices", rates, agent_name=agent_name, until_stopped=True))
    try:
        while not server.stopping.is_set():
            for microphone in microphones:
                for chunk in microphone.read():
                    line.hear(chunk)
            line.trouble = trouble_of(microphones)
            await asyncio.sleep(BLOCK_S)
    finally:
        for microphone in microphones:
            microphone.close()
        line.end()


def trouble_of(microphones: Sequence[Microphone]) -> str:
    """What an agent should know of the inputs, in a few words; empty while all is well."""
    gone = [f"{one.source.speaker} device is gone" for one in microphones if one.is_gone]
    overflows = sum(one.overflows for one in microphones)
    return ", ".join([*gone, *([f"{overflows} sound overflows"] if overflows else [])])


async def feed_paced(line: LiveCall, chunks: Callable[[], Any], speed: float) -> None:
    """Hear a recording frame by frame, each when its time has come, and end the call."""
    from analyzer.server.connection import hear
    from analyzer.sources.paced import in_frames, in_time

    try:
        async for frame, _ in in_time(in_frames(chunks()), speed):
            await hear(line, frame)
    except AnalyzerError as error:
        line.end(str(error))
        raise
    line.end()


def serve_calls(
    serving: Serving,
    works: Sequence[Work],
    most_calls: int | None = None,
    any_port: bool = False,
    audit_port: int | None = None,
    pace: Pace = "live",
    **more: Any,
) -> int:
    """Load the engines, serve, and do the works; until they are done or a signal comes.

    At the `pace` of a replay all is told as `analyzer score` tells it; `more` are fields of `ServerSettings`.
    """
    settings = replace(server_settings(serving, any_port), **more)
    refuse_to_log_secrets(serving, settings)
    with logged(serving.log):
        _serve(serving, settings, works, most_calls, audit_port, pace)
    return 0


def refuse_to_log_secrets(serving: Serving, settings: ServerSettings) -> None:
    """A log that programs keep holds neither the words that `--terminal` prints nor a token that was made up."""
    if serving.log == "json" and serving.terminal:
        raise click.UsageError("--terminal prints the words of calls; leave it out where the log is JSON")
    if serving.log == "json" and settings.access.token != serving.token:
        raise click.UsageError("a log in JSON does not tell the token; choose one with --token or ANALYZER_TOKEN")


def _serve(
    serving: Serving,
    settings: ServerSettings,
    works: Sequence[Work],
    most_calls: int | None,
    audit_port: int | None,
    pace: Pace,
) -> None:
    from analyzer.server.app import Server, run_server

    playbook = load_playbook(serving.playbook)
    desk = desk_settings(serving, most_calls)
    engines = load_engines(READY_EARS, spare=spare_ears(desk.most_calls), pace=pace)

    async def main() -> None:
        server = Server(makers(engines, playbook), settings, desk)

        async def greet(server: Server) -> None:
            say_ready(server, time.monotonic() - BEGUN, serving.log)
            if serving.open_page:
                await asyncio.to_thread(webbrowser.open, server.url)

        async def watch(server: Server) -> None:
            from analyzer.cli.terminal import print_messages

            await print_messages(server.board)

        async with audit_beside(serving, audit_port):
            await run_server(server, [greet, *works], beside=[watch] if serving.terminal else [], forever=not works)

    asyncio.run(main())


def say_ready(server: Server, seconds: float, form: Form) -> None:
    """Where the agent's page is; to people with the token, which no log holds."""
    if form == "json":
        ports = {"port": server.port, "vosk_port": server.vosk_port, "audiosocket_port": server.audiosocket_port}
        LOG.info("ready", extra={"event": "ready", "seconds": round(seconds, 2), **ports})
    else:
        say(f"ready in {seconds:.1f} s; the agent's page is {server.url}")


@asynccontextmanager
async def audit_beside(serving: Serving, port: int | None) -> AsyncIterator[None]:
    """The audit of the records that the calls leave, on a port of its own, with its own people and passwords."""
    if port is None:
        yield
        return
    if serving.output is None:
        raise click.UsageError("--audit-port needs the folder of the records: give -o")
    from aiohttp import web

    from analyzer.audit.site import site_of

    serving.output.mkdir(parents=True, exist_ok=True)
    site = await asyncio.to_thread(site_of, serving.output, serving.host, names=serving.allow_host)
    tls = tls_context(serving.tls_cert, serving.tls_key)
    runner = web.AppRunner(site.app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, serving.host, port, ssl_context=tls).start()
        except OSError as error:
            told = f"cannot listen on {serving.host}:{port}: {error.strerror}; choose another --audit-port"
            raise OutputError(told) from error
        address = f"{'http' if tls is None else 'https'}://{serving.host}:{runner.addresses[0][1]}"
        if serving.log == "json":  # who reads the log is not let in by it: `analyzer audit` prints a link
            LOG.info("the audit is served", extra={"event": "audit ready", "port": runner.addresses[0][1]})
        else:
            say(f"the audit is {address}; this link lets an admin in, once, within 15 minutes:")
            say(site.link(address))
        yield
    finally:
        await runner.cleanup()


def makers(engines: Engines, playbook: Playbook) -> Makers:
    """How the desk gets calls and headers."""
    from analyzer.call import Call, CallSettings
    from analyzer.coach import Coach
    from analyzer.live.desk import Makers
    from analyzer.record import header

    def call(about: About) -> Call:
        settings = CallSettings(max_skew_s=about.max_skew_s)
        return Call(about.rates, engines.speech, engines.activity, engines.reader, Coach(playbook), settings)

    def first(about: About) -> dict[str, Any]:
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        return header(
            about.call_id, about.source, {"codec": about.codec}, about.rates, engines.identities, playbook.identity, now
        )

    return Makers(call, first)


def spare_ears(most_calls: int) -> int:
    """How many recognizers are kept ready where so many calls may come."""
    return min(max(EARS_A_CALL * most_calls, FEWEST_SPARE), MOST_SPARE)


def desk_settings(serving: Serving, most_calls: int | None) -> DeskSettings:
    """What the desk takes on, as the options have it."""
    from analyzer.live.desk import DeskSettings

    if serving.keep_audio and serving.output is None:
        raise click.UsageError("--keep-audio needs a folder: give -o")
    settings = DeskSettings(output=serving.output, keep_audio=serving.keep_audio)
    return settings if most_calls is None else replace(settings, most_calls=most_calls)


def server_settings(serving: Serving, any_port: bool) -> ServerSettings:
    """Where to listen and who may come, as the options have it."""
    from analyzer.server.access import access_for
    from analyzer.server.app import ServerSettings

    access = access_for(serving.host, serving.token, serving.allow_host)
    return ServerSettings(
        serving.host, serving.port, access, tls=tls_context(serving.tls_cert, serving.tls_key), any_port=any_port
    )
