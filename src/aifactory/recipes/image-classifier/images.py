"""Reading images: PNG and JPEG in a folder for each label or with a table of labels, packed or not; or one .npz file.

Pickled content is never read, and a picture that would unpack to more than it should stops the run. Pictures in colour
become grey, and all get the same size.
"""

import csv
import io
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from scipy.ndimage import zoom

from aifactory.recipes.sandbox import INPUTS, stop

ROLE = "images"
GREY = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
PICTURES = {".png", ".jpg", ".jpeg"}
#: width times height; Pillow takes more for a bomb
MOST_PIXELS = 50_000_000
#: bytes that an archive may unpack to
MOST_UNPACKED = 8_000_000_000
UNREADABLE = (
    ValueError, KeyError, OSError, SyntaxError, zipfile.BadZipFile, UnidentifiedImageError,
    Image.DecompressionBombError,
)  # fmt: skip
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def read(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels from 0 to 1 (one row an image, `size` × `size`) and labels, or stop with a sentence."""
    folder = INPUTS / ROLE
    files = {
        path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()
    }
    try:
        if len(files) == 1 and (name := next(iter(files))).endswith(".npz"):
            found = [(label, _grey(image, size)) for label, image in _together(files[name].read_bytes())]
        elif len(files) == 1 and name.endswith(".zip"):
            found = list(_packed(files[name], size))
        else:
            found = list(_labelled({name: path.read_bytes for name, path in files.items()}, size))
    except (*UNREADABLE, Warning) as error:
        stop(f"The images can't be read: {error}")
    if not found:
        stop(
            "There are no images: give PNG or JPEG files in a folder for each label, or beside a labels.csv with the "
            "columns file and label; or one .npz file."
        )
    labels = np.array([label for label, _ in found])
    pixels = np.stack([image.ravel() for _, image in found])
    low, high = pixels.min(), pixels.max()
    return (pixels - low) / ((high - low) or 1), labels


def _labelled(files: dict[str, Callable[[], bytes]], size: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yield label and picture of each file: by `labels.csv` where there is one, else by the folder it lies in."""
    table = next((name for name in files if PurePosixPath(name).name == "labels.csv"), None)
    labels = _table(files[table](), PurePosixPath(table).parent) if table else {}
    for name in sorted(files):
        path = PurePosixPath(name)
        label = labels.get(name) if table else path.parent.name
        if path.suffix.lower() in {*PICTURES, ".npy"} and label:
            yield (
                label,
                _grey(_picture(files[name]()) if path.suffix != ".npy" else _array(files[name]()), size),
            )
    if missing := sorted(set(labels) - set(files)):
        stop(f"labels.csv names {len(missing)} files that are not there, {missing[0]} for one.")


def _table(content: bytes, folder: PurePosixPath) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    if not {"file", "label"} <= set(rows.fieldnames or ()):
        stop("labels.csv needs the columns file and label.")
    return {(folder / row["file"]).as_posix(): row["label"] for row in rows if row["label"]}


def _picture(content: bytes) -> np.ndarray:
    """Decode a PNG or JPEG, and no other kind, turned as its camera says; transparency is left out."""
    with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as opened:
        picture = ImageOps.exif_transpose(opened)
        if picture.mode not in {"L", "I", "I;16"}:  # grey of 8 or 16 bits stays as it is
            picture = picture.convert("L" if picture.mode in {"1", "LA"} else "RGB")
        return np.asarray(picture)


def _together(content: bytes) -> list[tuple[str, np.ndarray]]:
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    if len(images) != len(labels):
        stop(f"There are {len(images)} images and {len(labels)} labels.")
    return [(str(label), image) for label, image in zip(labels, images, strict=True)]


def _packed(path: Path, size: int) -> Iterator[tuple[str, np.ndarray]]:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if sum(member.file_size for member in members) > MOST_UNPACKED:
            stop("The archive unpacks to more than 8 GB.")
        yield from _labelled({m.filename: lambda m=m: archive.read(m) for m in members}, size)


def _array(content: bytes) -> np.ndarray:
    return np.load(io.BytesIO(content), allow_pickle=False)


def _grey(image: np.ndarray, size: int) -> np.ndarray:
    """Return an image in grey at the size asked for, by linear interpolation."""
    if image.ndim == 3 and image.shape[2] in {3, 4}:
        image = image[:, :, :3] @ GREY
    elif image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.ndim != 2 or 0 in image.shape:
        stop(f"An image has the shape {image.shape}; height × width, and colour if any, are needed.")
    if image.shape == (size, size):
        return image.astype(float)
    return zoom(image.astype(float), (size / image.shape[0], size / image.shape[1]), order=1)
