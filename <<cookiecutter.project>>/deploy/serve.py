"""What the Bento starts: the service of the model that lies beside this file."""

from pathlib import Path

from pipeline.serving.service import build

service = build(Path(__file__).parent)
