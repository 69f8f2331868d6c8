"""The entry of the Bento: the service of the model beside this file."""

from pathlib import Path

from pipeline.serving.service import build

service = build(Path(__file__).parent)
