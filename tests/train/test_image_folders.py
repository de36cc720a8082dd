"""Image files by class and ImageNet's layout: what is decoded, and one line for what cannot be."""

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from train.data import find, load
from train.data.folder import read_folder
from train.data.images import Images, read_image
from train.data.imagenet import KIT
from train.errors import DataError, DataOptionError

SHAPE = (3, 4, 6)


def picture(value, size=(6, 4)):
    """One colour, which every scale and cut leaves as it is."""
    return Image.new("RGB", size, (value, value // 2, 255 - value))


def pixels(*values):
    """What `picture` decodes to, [N, 3, 4, 6]."""
    return np.stack([np.broadcast_to(np.array([v, v // 2, 255 - v], np.uint8)[:, None, None], SHAPE) for v in values])


def fill(folder, **classes):
    """Write PNG files 0.png, 1.png, ... of these values into a folder a class."""
    for name, values in classes.items():
        (folder / name).mkdir(parents=True)
        for number, value in enumerate(values):
            picture(value).save(folder / name / f"{number}.png")


def test_parts_and_classes_of_a_folder(tmp_path):
    fill(tmp_path / "train", cat=[10, 20], ant=[30])
    fill(tmp_path / "test", cat=[40], ant=[50])
    (tmp_path / "train" / "cat" / "notes.txt").write_text("no sample")
    (tmp_path / "train" / ".hidden").mkdir()
    train, test = load("folder", tmp_path, shape=SHAPE)
    np.testing.assert_array_equal(train.samples, pixels(30, 10, 20))
    np.testing.assert_array_equal(test.samples, pixels(50, 40))
    assert train.labels.tolist() == [0, 1, 1] and test.labels.tolist() == [0, 1]
    assert train.samples.dtype == np.uint8 and train.labels.dtype == np.int64
    known = find("folder", tmp_path)
    assert (known.classes, known.shape, known.events) == (("ant", "cat"), (3, 32, 32), False)
    assert known.title == f"folder ({tmp_path.name})"
    assert find(known.title, tmp_path, (1, 8, 8)).shape == (1, 8, 8)


def test_without_parts_every_sixth_from_the_second_is_to_test(tmp_path):
    fill(tmp_path, a=range(9), b=[100, 101])
    train, test = load("folder", tmp_path, shape=SHAPE)
    np.testing.assert_array_equal(train.samples, pixels(0, 2, 3, 4, 5, 6, 8, 100))
    np.testing.assert_array_equal(test.samples, pixels(1, 7, 101))
    assert train.labels.tolist() == [0] * 7 + [1] and test.labels.tolist() == [0, 0, 1]


def test_large_folders_are_decoded_when_asked_for(tmp_path, monkeypatch):
    fill(tmp_path, a=range(9), b=[100, 101])
    monkeypatch.setattr("train.data.folder.KEPT", 100)
    images = read_folder(tmp_path, "train", shape=SHAPE).samples
    assert isinstance(images, Images) and len(images) == 8 and images.shape == (8, 3, 4, 6)
    np.testing.assert_array_equal(images[np.array([7, 0, 7])], pixels(100, 0, 100))
    np.testing.assert_array_equal(images[1:3], pixels(2, 3))
    np.testing.assert_array_equal(images[7], pixels(100)[0])
    assert images[:0].shape == (0, 3, 4, 6) and images[:0].dtype == np.uint8


def test_an_image_covers_its_place_and_is_cut_in_the_middle(tmp_path):
    wide = np.zeros((8, 32, 3), np.uint8)
    wide[:, :8], wide[:, 8:16], wide[:, 16:24], wide[:, 24:] = 250, 100, 100, 250
    Image.fromarray(wide).save(tmp_path / "wide.png")
    assert (read_image(tmp_path / "wide.png", (3, 8, 16)) == 100).all()
    assert read_image(tmp_path / "wide.png", (1, 2, 8)).shape == (1, 2, 8)


def test_modes_of_pixels(tmp_path):
    def shown(image, name="x.png", shape=(3, 2, 2), **options):
        image.save(tmp_path / name, **options)
        return read_image(tmp_path / name, shape)[:, 0, 0].tolist()

    assert shown(Image.new("L", (4, 4), 77)) == [77, 77, 77]
    assert shown(Image.new("1", (4, 4), 1), shape=(1, 2, 2)) == [255]
    assert shown(Image.new("RGBA", (4, 4), (200, 100, 50, 255))) == [200, 100, 50]
    assert shown(Image.new("RGBA", (4, 4), (200, 100, 50, 0))) == [0, 0, 0]
    assert shown(Image.fromarray(np.full((4, 4), 0x4D12, np.uint16)), shape=(1, 2, 2)) == [0x4D]
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([0, 0, 0, 9, 8, 7])
    assert shown(palette) == [9, 8, 7]
    assert shown(palette, transparency=1) == [0, 0, 0]
    assert shown(palette, "x.gif") == [9, 8, 7]


def test_a_camera_held_upright(tmp_path):
    """Orientation 6: the camera's left is up in the scene."""
    image = Image.new("RGB", (4, 4), (0, 0, 0))
    image.paste((255, 255, 255), (0, 0, 2, 4))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "photo.png", exif=exif)
    upright = read_image(tmp_path / "photo.png", (1, 4, 4))[0]
    np.testing.assert_array_equal(upright, np.repeat([[255] * 4, [0] * 4], 2, axis=0))


def truncated(path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:2000])


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "tif"])
def test_a_truncated_image_is_named(tmp_path, suffix):
    fill(tmp_path, a=[1, 2, 3], b=[4, 5])
    truncated(tmp_path / "a" / f"3.{suffix}")
    with pytest.raises(DataError, match=f"3.{suffix}' cannot be read as an image .*; replace or remove it") as raised:
        load("folder", tmp_path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_what_is_no_image_is_named(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(DataError, match="a.png' cannot be read as an image"):
        read_image(tmp_path / "a.png", SHAPE)
    with pytest.raises(DataError, match="there is no '.*b.png'"):
        read_image(tmp_path / "b.png", SHAPE)


def test_a_class_without_samples(tmp_path):
    fill(tmp_path, a=[1, 2], b=[])
    (tmp_path / "b" / "notes.txt").write_text("no sample")
    with pytest.raises(DataError, match="class 'b' has no samples: .*; expected are DIR/<class>/FILES"):
        load("folder", tmp_path)


@pytest.mark.parametrize("parts, words", [
    ({}, "has 0 folders, and there must be one for each of two or more classes; expected are DIR/<class>/FILES"),
    ({".": dict(a=[1, 2])}, "has 1 folders"),
    ({".": dict(a=[1, 2], b=[1])}, "class 'b' has one sample"),
    ({"train": dict(a=[1], b=[1])}, "there is no folder '.*test'"),
    ({"train": dict(a=[1], b=[1]), "test": dict(a=[1], c=[1])}, "class 'b' is in one of .* only"),
    ({"train": dict(a=[1], b=[1]), "test": dict(a=[1], b=[])}, "class 'b' has no samples"),
])
def test_a_layout_that_is_none_is_one_line(tmp_path, parts, words):
    for part, classes in parts.items():
        fill(tmp_path / part, **classes)
    with pytest.raises(DataError, match=words) as raised:
        load("folder", tmp_path)
    assert "\n" not in str(raised.value)


def test_no_folder_and_no_such_shape(tmp_path):
    with pytest.raises(DataError, match="there is no folder '.*none'; expected are"):
        load("folder", tmp_path / "none")
    with pytest.raises(DataOptionError, match="give their folder with --data DIR"):
        load("folder")
    fill(tmp_path, a=[1, 2], b=[3, 4])
    for shape in ((2, 8, 8), (3, 0, 8), (3, 8)):
        with pytest.raises(DataOptionError, match="images cannot be made .*for example 3 x 32 x 32"):
            load("folder", tmp_path, shape=shape)


def test_pillow_is_asked_for_by_name(tmp_path, monkeypatch):
    fill(tmp_path, a=[1, 2], b=[3, 4])
    monkeypatch.setitem(__import__("sys").modules, "PIL.Image", None)
    with pytest.raises(DataError, match=r"Pillow, which is not installed; `pip install 'hwgen\[images\]'`"):
        load("folder", tmp_path)


# ImageNet: three classes whose numbers in the development kit are not in the order of their names

NUMBERS = {"n02": 1, "n03": 2, "n01": 3}


@pytest.fixture
def imagenet(tmp_path):
    """ImageNet with four images to train on and three to test, n03, n01, n03, flat."""
    for wnid, values in (("n01", [10]), ("n02", [20, 30]), ("n03", [40])):
        (tmp_path / "train" / wnid).mkdir(parents=True)
        for value in values:
            picture(value).save(tmp_path / "train" / wnid / f"{wnid}_{value}.JPEG", quality=100)
    (tmp_path / "val").mkdir()
    for number, value in enumerate((50, 60, 70), 1):
        picture(value).save(tmp_path / "val" / f"ILSVRC2012_val_0000000{number}.JPEG", quality=100)
    kit = tmp_path / KIT
    kit.mkdir(parents=True)
    synsets = np.zeros((3, 1), [("ILSVRC2012_ID", object), ("WNID", object), ("words", object)])
    for row, (wnid, number) in zip(synsets[:, 0], NUMBERS.items()):
        row["ILSVRC2012_ID"], row["WNID"], row["words"] = float(number), wnid, "a thing"
    savemat(kit / "meta.mat", {"synsets": synsets})
    (kit / "ILSVRC2012_validation_ground_truth.txt").write_text("2\n3\n2\n")
    return tmp_path


def test_imagenet_flat_with_its_kit(imagenet):
    train, test = load("ImageNet", imagenet, shape=SHAPE)
    assert find("imagenet", imagenet).classes == ("n01", "n02", "n03")
    assert find("imagenet", imagenet).shape == (3, 224, 224)
    assert train.labels.tolist() == [0, 1, 1, 2] and test.labels.tolist() == [2, 0, 2]
    assert train.samples.shape == (4, *SHAPE) and test.samples.image_shape == SHAPE
    difference = test.samples[:].astype(int) - pixels(50, 60, 70)
    assert np.abs(difference).max() <= 3                                # JPEG
    np.testing.assert_array_equal(train.samples[np.array([3, 1])][:, 1].astype(int) // 5, pixels(40, 20)[:, 1] // 5)


def test_imagenet_in_folders_needs_no_kit(imagenet):
    (imagenet / KIT / "meta.mat").unlink()
    for number, wnid in enumerate(("n03", "n01", "n02"), 1):
        (imagenet / "val" / wnid).mkdir()
        name = f"ILSVRC2012_val_0000000{number}.JPEG"
        (imagenet / "val" / name).rename(imagenet / "val" / wnid / name)
    test = load("imagenet", imagenet)[1]
    assert test.labels.tolist() == [0, 1, 2] and test.samples[:].shape == (3, 3, 224, 224)


@pytest.mark.parametrize("name, content, words", [
    ("meta.mat", None, "there is no '.*meta.mat'"),
    ("meta.mat", b"no matrix", "meta.mat' is damaged"),
    ("ILSVRC2012_validation_ground_truth.txt", None, "there is no '.*ground_truth.txt'"),
    ("ILSVRC2012_validation_ground_truth.txt", b"2 3 x", "is not a list of numbers"),
    ("ILSVRC2012_validation_ground_truth.txt", b"2 3", "has 2 lines for 3 images"),
    ("ILSVRC2012_validation_ground_truth.txt", b"2 3 9", "line 3 has number 9, which is no class"),
])
def test_a_kit_that_does_not_fit_is_one_line(imagenet, name, content, words):
    path = imagenet / KIT / name
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(DataError, match=words) as raised:
        load("imagenet", imagenet)
    assert "\n" not in str(raised.value) and "DIR/train/<wnid>/*.JPEG" in str(raised.value)


def test_imagenet_is_not_there(tmp_path):
    with pytest.raises(DataError, match="there is no folder '.*train'; get ILSVRC2012_img_train.tar"):
        load("imagenet", tmp_path)
