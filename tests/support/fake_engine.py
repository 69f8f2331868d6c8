"""A container engine that runs nothing: it records its commands and answers as docker would.

As a program it keeps its state in a file, `state.json`; `engine.FakeEngine` puts it on PATH, and
reads and changes that file. `answer` gives the same answers without starting a process. It imports
little, since it starts often.
"""

# ruff: noqa: PTH105, PTH118, PTH123, PTH208

import json
import os
import shutil
import sys
from pathlib import Path

RELEASE = "org.ml-template.release"
EMPTY = {
    "calls": [],
    "containers": {},
    "images": {},
    "fail": {},
    "dies": [],
    "logs": "",
    "port": 1,
    "user": "10001:10001",
    "memory_kills": 0,
    "layers": ["0 CMD serve", "2000000 COPY /opt /opt", "90000000 ADD rootfs"],
    "swarm": {"LocalNodeState": "active", "ControlAvailable": True},
    "services": {},
    "update": None,
}


def write(path, state: dict) -> None:
    half = f"{path}-{os.getpid()}"
    with open(half, "w", encoding="utf-8") as file:
        json.dump(state, file)
    os.replace(half, path)


class Failure(Exception):
    """What the engine prints before it exits with 1."""


def find(state: dict, name: str) -> str:
    for image, facts in state["images"].items():
        if name == image or name in facts["tags"]:
            return image
    raise Failure(f"No such image: {name}")


def container(state: dict, name: str) -> dict:
    if name not in state["containers"]:
        raise Failure(f"No such container: {name}")
    return state["containers"][name]


def image_command(state, words):
    if words[0] == "ls":
        name, value = words[-1].removeprefix("label=").split("=", 1)
        images = state["images"].items()
        return "\n".join(image for image, facts in images if facts["labels"].get(name) == value)
    image = find(state, words[-1])
    if words[0] == "rm":
        left = [name for name in state["images"][image]["tags"] if name != words[-1]]
        state["images"][image]["tags"] = left
        if not left:
            del state["images"][image]
        return None
    labels = state["images"][image]["labels"]
    facts = {"Id": image, "Config": {"Labels": labels, "User": state["user"]}}
    return json.dumps([{**facts, "RepoDigests": state["images"][image].get("digests", [])}])


def container_command(state, words):
    described = container(state, words[-1])
    facts = {
        "Running": described["running"],
        "ExitCode": described["exit"],
        "OOMKilled": described["oom"],
    }
    labels = dict(label.split("=", 1) for label in described["labels"])
    return json.dumps([{"Name": words[-1], "State": facts, "Config": {"Labels": labels}}])


def history(state, words):
    find(state, words[-1])
    return "\n".join(state["layers"])


def create(state, words):
    image = find(state, words[-1])
    name = words[words.index("--name") + 1] if "--name" in words else f"made-{len(state['calls'])}"
    if name in state["containers"]:
        raise Failure(f'Conflict. The container name "/{name}" is already in use')
    labels = [words[at + 1] for at, word in enumerate(words) if word == "--label"]
    state["containers"][name] = {
        "image": image,
        "running": False,
        "exit": 0,
        "oom": False,
        "labels": labels,
    }
    return name


def info(state, words):
    return json.dumps(state["swarm"])


def swarm(state, words):
    state["swarm"] = {"LocalNodeState": "active", "ControlAvailable": True}


def stack(state, words, environment):
    if words[0] == "rm":
        state["services"] = {}
        return
    name, given = words[-1], environment
    server = {
        "image": given["IMAGE"],
        "replicas": int(given["REPLICAS"]),
        "labels": {RELEASE: given["RELEASE"]},
    }
    canary = {"image": given["CANARY_IMAGE"], "replicas": int(given["CANARIES"]), "labels": {}}
    state["services"] |= {f"{name}_server": server, f"{name}_canary": canary}
    state["asked"] = {key: given.get(key) for key in (*server, "MEMORY", "CPUS", "TOKEN_NAME")}


def service(state, words):
    name = words[-1]
    if words[0] == "logs":
        return state["logs"]
    if name not in state["services"]:
        raise Failure(f"no such service: {name}")
    described = state["services"][name]
    if words[0] == "ps":
        return "\n".join(f"{name}.{number}" for number in range(described["replicas"]))
    mode = {"Replicated": {"Replicas": described["replicas"]}}
    spec = {"Labels": described["labels"], "Mode": mode}
    return json.dumps([{"Spec": spec, "UpdateStatus": state["update"]}])


def tasks(state, words):
    listed = []
    for name in words[2:]:
        image = state["services"][name.rsplit(".", 1)[0]]["image"]
        dead = image in state["dies"]
        status = {"State": "failed" if dead else "running"}
        if dead:
            status["Err"] = "task: non-zero exit (3)"
        spec = {"ContainerSpec": {"Image": image}}
        wanted = "shutdown" if dead else "running"
        listed.append({"Spec": spec, "Status": status, "DesiredState": wanted})
    return json.dumps(listed)


def network(state, words):
    if not state["services"]:
        raise Failure(f"network {words[-1]} not found")
    return "[{}]"


def build(state, words):
    labels = [words[at + 1].split("=", 1) for at, word in enumerate(words) if word == "--label"]
    image = f"sha256:{len(state['images']):064x}"
    tag = words[words.index("--tag") + 1]
    state["images"][image] = {"tags": [tag], "labels": dict(labels)}
    state["context"] = sorted(os.listdir(words[-1]))
    return image


def tag(state, words):
    state["images"][find(state, words[0])]["tags"].append(words[1])


def pull(state, words):
    state["images"][f"sha256:{words[-1]}"] = {"tags": [words[-1]], "labels": {}}


def push(state, words):
    image = find(state, words[-1])
    name = words[-1].rsplit(":", 1)[0]
    state["images"][image]["digests"] = [f"{name}@sha256:pushed"]


def save(state, words):
    image = find(state, words[-1])
    write(words[words.index("--output") + 1], {image: {**state["images"][image], "tags": []}})


def load(state, words):
    with open(words[-1], encoding="utf-8") as file:
        ((image, facts),) = json.load(file).items()
    image = state.get("loads_as", image)
    state["images"][image] = facts
    return f"Loaded image: {image}"


def run(state, words):
    if "--rm" in words:
        return state.get("python", "{}.{}".format(*sys.version_info[:2]))
    name, image = words[words.index("--name") + 1], find(state, words[-1])
    labels = [word.removeprefix("--label=") for word in words if word.startswith("--label=")]
    up = image not in state["dies"]
    if name in state["containers"]:
        raise Failure(f"the name {name} is in use")
    container = {
        "image": image,
        "running": up,
        "exit": 0 if up else 3,
        "oom": False,
        "labels": labels,
    }
    state["containers"][name] = container
    return None


def stop(state, words):
    container(state, words[-1]).update(running=False, exit=state.get("stop_exit", 0))


def rm(state, words):
    state["containers"].pop(words[-1], None)


def cp(state, words):
    name, source = words[0].split(":", 1)
    image = container(state, name)["image"]
    files = state.get("files", {})
    if source.startswith("/bento/src"):
        if "source" in state:
            shutil.copytree(state["source"], words[1], dirs_exist_ok=True)
            return
        files = {"models/model.skops": f"the model in {image}", "schema.yaml": ""}
    for name, text in files.items():
        path = os.path.join(words[1], name)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def ps(state, words):
    label, containers = words[-1].removeprefix("label="), state["containers"].items()
    return "\n".join(name for name, container in containers if label in container["labels"])


COMMANDS = {
    "version": lambda state, words: "0",
    "image": image_command,
    "container": container_command,
    "port": lambda state, words: f"127.0.0.1:{state['port']}",
    "logs": lambda state, words: state["logs"],
    "exec": lambda state, words: f"oom_kill_disable 0\noom_kill {state['memory_kills']}",
    **{command.__name__: command for command in (build, tag, pull, push, run, stop, rm, cp, ps)},
    **{command.__name__: command for command in (save, load)},
    **{command.__name__: command for command in (history, create, info, swarm, service, network)},
    "inspect": tasks,
}


def answer(path, words: list[str], environment=os.environ) -> tuple[int, str, str]:
    """Answer one command; return its exit code and what it prints, and on which stream."""
    with open(path, encoding="utf-8") as file:
        state = json.load(file)
    state["calls"].append(words)
    try:
        if words[0] in state["fail"]:
            raise Failure(state["fail"][words[0]])
        if words[0] == "stack":
            return 0, f"{stack(state, words[1:], environment) or ''}\n", ""
        return 0, f"{COMMANDS[words[0]](state, words[1:]) or ''}\n", ""
    except Failure as failure:
        return 1, "", f"Error: {failure}\n"
    finally:
        write(path, state)


def main() -> int:
    """Answer the command line's command."""
    code, out, err = answer(sys.argv[2], sys.argv[3:])
    sys.stdout.write(out)
    sys.stderr.write(err)
    return code
