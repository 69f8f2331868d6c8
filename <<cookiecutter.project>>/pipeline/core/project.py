"""Section `project` of params.yaml: the project's name, and where its images are pushed."""

from pipeline.core.params import Section


class Project(Section):
    """Section `project` of params.yaml: `params.load("project", Project)`.

    `registry` is empty where images stay on this machine.
    """

    name: str
    registry: str
