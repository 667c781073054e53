"""Reading images: from one .npz file, or from .npy files in a folder for each label, packed or not.

Pickled content is never read. Pictures in colour become grey, and all get the same size.
"""

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np
from sandbox import INPUTS, stop
from scipy.ndimage import zoom

ROLE = "images"
GREY = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


def read(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels from 0 to 1 (one row an image, `size` × `size`) and labels, or stop with a sentence."""
    files = sorted(path for path in (INPUTS / ROLE).rglob("*") if path.is_file())
    packed = [path for path in files if path.suffix in {".npz", ".zip"}]
    try:
        if len(files) == 1 and packed and packed[0].suffix == ".npz":
            found = _together(packed[0].read_bytes())
        elif len(files) == 1 and packed:
            found = list(_packed(packed[0].read_bytes()))
        else:
            found = [(path.parent.name, _array(path.read_bytes())) for path in files if path.suffix == ".npy"]
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        stop(f"The images can't be read: {error}")
    if not found:
        stop("There are no images: give one .npz file, or .npy files in a folder for each label.")
    labels = np.array([label for label, _ in found])
    pixels = np.stack([_grey(image, size).ravel() for _, image in found])
    low, high = pixels.min(), pixels.max()
    return (pixels - low) / ((high - low) or 1), labels


def _together(content: bytes) -> list[tuple[str, np.ndarray]]:
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    if len(images) != len(labels):
        stop(f"There are {len(images)} images and {len(labels)} labels.")
    return [(str(label), image) for label, image in zip(labels, images, strict=True)]


def _packed(content: bytes) -> Iterator[tuple[str, np.ndarray]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in sorted(archive.namelist()):
            path = PurePosixPath(name)
            if path.suffix == ".npy" and len(path.parts) > 1:
                yield path.parent.name, _array(archive.read(name))


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
