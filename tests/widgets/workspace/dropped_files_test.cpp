// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/dropped_files.h"

#include <filesystem>
#include <fstream>

#include <QBuffer>
#include <QDir>
#include <QImage>
#include <QLocale>
#include <QMimeData>
#include <QUrl>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using namespace ui;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DroppedFiles : public testing::Test {
protected:
    QString touch(const std::string& name, const std::string& content = "x") {
        const fs::path path = folder.path() / name;
        fs::create_directories(path.parent_path());
        std::ofstream(path) << content;
        return QString::fromStdString(path.string());
    }
    static std::vector<std::string> namesOf(const QStringList& paths) {
        std::vector<std::string> names;
        for (const QString& path : paths) names.push_back(path.section(u'/', -1).toStdString());
        return names;
    }
    static std::vector<std::string> pathsOf(const Incoming& incoming) {
        std::vector<std::string> paths;
        for (const SourceRequest& image : incoming.images) paths.push_back(image.path);
        return paths;
    }
    static QByteArray png(const QImage& image) {
        QByteArray bytes;
        QBuffer buffer(&bytes);
        image.save(&buffer, "PNG");
        return bytes;
    }

    TemporaryFolder folder;
};

/// A safetensors file with tensors of these names, of no bytes.
std::string safetensors(const std::vector<std::string>& names) {
    std::string header = "{";
    for (const std::string& name : names) header.append(header.size() > 1 ? ",\"" : "\"").append(name).append("\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}");
    header += '}';
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(header.size() >> (8 * i) & 0xff);
    return bytes + header;
}

TEST_F(DroppedFiles, TokensAreToldFromModels) {
    const Incoming incoming = incomingFrom(QStringList{touch("a.npz"), touch("b.NPY"), touch("c.csv"), touch("codes.safetensors", safetensors({"codes", "picture_size"})), touch("latents.safetensors", safetensors({"latents"})), touch("photo.png")});
    EXPECT_THAT(namesOf(incoming.tokens), ElementsAre("a.npz", "b.NPY", "c.csv", "codes.safetensors", "latents.safetensors"));
    EXPECT_EQ(incoming.images.size(), 1u);
    EXPECT_TRUE(incoming.models.isEmpty());
    EXPECT_FALSE(incoming.empty());
    for (const std::vector<std::string>& names : std::vector<std::vector<std::string>>{{"decoder.conv_in.weight"}, {"in.image", "out.codes", "codes"}, {"video.in.image", "latents"}}) {
        const Incoming model = incomingFrom(QStringList{touch("model.safetensors", safetensors(names))});
        EXPECT_THAT(namesOf(model.tokens), IsEmpty()) << names.front();
        EXPECT_THAT(model.models.value(0).toStdString(), HasSubstr("model.safetensors")) << names.front();
    }
    // What is broken is not read on.
    for (const std::string& bytes : {std::string("x"), std::string(8, '\xff') + "{}", std::string("\x05\0\0\0\0\0\0\0{", 9)}) {
        EXPECT_THAT(namesOf(incomingFrom(QStringList{touch("broken.safetensors", bytes)}).tokens), IsEmpty());
    }
}

TEST_F(DroppedFiles, FilesOfAFileManagerAreImages) {
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(touch("a b.png")), QUrl::fromLocalFile(touch("ü.jpg"))});
    const Incoming incoming = incomingFrom(mime);
    EXPECT_TRUE(offersImages(mime));
    EXPECT_THAT(pathsOf(incoming), ElementsAre(folder / "a b.png", folder / "ü.jpg"));
    EXPECT_EQ(incoming.images[0].name, "a b.png");
    EXPECT_THAT(incoming.folders, IsEmpty());
    EXPECT_TRUE(incoming.models.isEmpty());
}

TEST_F(DroppedFiles, AFileThatIsNotThereGetsItsRowToo) {
    const Incoming incoming = incomingFrom(QStringList{QString::fromStdString(folder / "gone.png")});
    EXPECT_THAT(pathsOf(incoming), ElementsAre(folder / "gone.png"));
}

TEST_F(DroppedFiles, EncodedPicturesAreTakenAsTheyAre) {
    const QByteArray bytes = png(QImage(4, 3, QImage::Format_RGB888));
    QMimeData mime;
    mime.setData("image/png", bytes);
    EXPECT_TRUE(offersImages(mime));
    const Incoming incoming = incomingFrom(mime);
    ASSERT_EQ(incoming.images.size(), 1u);
    const SharedBytes& taken = incoming.images[0].bytes;
    EXPECT_EQ(QByteArray(reinterpret_cast<const char*>(taken.data()), qsizetype(taken.size())), bytes);
    EXPECT_TRUE(incoming.images[0].path.empty());
    EXPECT_THAT(incoming.images[0].name, HasSubstr("pasted"));
}

TEST_F(DroppedFiles, FilesComeBeforeTheirOwnPreview) {
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(touch("a.png"))});
    mime.setData("image/png", png(QImage(4, 3, QImage::Format_RGB888)));
    EXPECT_THAT(pathsOf(incomingFrom(mime)), ElementsAre(folder / "a.png"));
}

TEST_F(DroppedFiles, PixelsOfTheClipboardKeepTheirColoursAndAlpha) {
    QImage image(3, 2, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    image.setPixelColor(2, 1, QColor(200, 100, 0, 255));
    QMimeData mime;
    mime.setImageData(image);
    EXPECT_TRUE(offersImages(mime));
    const Incoming incoming = incomingFrom(mime);
    ASSERT_EQ(incoming.images.size(), 1u);
    const Image& pixels = incoming.images[0].pixels;
    ASSERT_EQ(pixels.channels(), 4);
    EXPECT_FLOAT_EQ(pixels.at(2, 1, 0), 200 / 255.f);
    EXPECT_FLOAT_EQ(pixels.at(2, 1, 1), 100 / 255.f);
    EXPECT_FLOAT_EQ(pixels.at(2, 1, 3), 1);
    EXPECT_FLOAT_EQ(pixels.at(0, 0, 3), 0);
}

TEST_F(DroppedFiles, RowsOfPixelsThatQtPadsAreReadRight) {
    QImage image(3, 2, QImage::Format_RGB888);  // nine bytes a row, padded to twelve
    image.fill(Qt::black);
    image.setPixelColor(0, 1, QColor(10, 20, 30));
    const Image pixels = imageFrom(image);
    ASSERT_EQ(pixels.channels(), 3);
    EXPECT_FLOAT_EQ(pixels.at(0, 1, 0), 10 / 255.f);
    EXPECT_FLOAT_EQ(pixels.at(0, 1, 2), 30 / 255.f);
    EXPECT_FLOAT_EQ(pixels.at(2, 0, 0), 0);
}

TEST_F(DroppedFiles, PathsAsTextAreFiles) {
    QMimeData mime;
    mime.setText(touch("a.png") + "\n  " + touch("b.png") + "  \n" + QUrl::fromLocalFile(touch("c d.png")).toString(QUrl::FullyEncoded));
    EXPECT_THAT(pathsOf(incomingFrom(mime)), ElementsAre(folder / "a.png", folder / "b.png", folder / "c d.png"));
}

TEST_F(DroppedFiles, OtherTextAndRemoteAddressesBringNothing) {
    QMimeData mime;
    mime.setText("a poem\nof two lines");
    EXPECT_TRUE(incomingFrom(mime).empty());
    QMimeData remote;
    remote.setUrls({QUrl("https://example.org/a.png")});
    EXPECT_TRUE(incomingFrom(remote).empty());
    EXPECT_FALSE(offersImages(mime));
}

TEST_F(DroppedFiles, FoldersAreSearchedLater) {
    fs::create_directories(folder.path() / "photos");
    const Incoming incoming = incomingFrom(QStringList{QString::fromStdString(folder / "photos")});
    EXPECT_THAT(incoming.images, IsEmpty());
    EXPECT_EQ(incoming.folders, QStringList{QString::fromStdString(folder / "photos")});
}

TEST_F(DroppedFiles, CheckpointsAreModels) {
    touch("vae/config.json");
    touch("vae/model.safetensors");
    touch("bare/weights.ckpt");
    touch("whole/vae/config.json");
    touch("hub/pytorch_model.bin");
    for (const QString& path : {QString::fromStdString(folder / "vae"), QString::fromStdString(folder / "bare"), QString::fromStdString(folder / "whole"), QString::fromStdString(folder / "hub"), touch("flux.SAFETENSORS"), touch("old.pth"), touch("x/config.json")}) {
        const Incoming incoming = incomingFrom(QStringList{path});
        EXPECT_EQ(incoming.models, QStringList{path});
        EXPECT_THAT(incoming.images, IsEmpty());
        EXPECT_THAT(incoming.folders, IsEmpty());
    }
}

TEST_F(DroppedFiles, AModelAndImagesCanComeTogether) {
    const Incoming incoming = incomingFrom(QStringList{touch("a.png"), touch("flux.safetensors")});
    EXPECT_THAT(pathsOf(incoming), ElementsAre(folder / "a.png"));
    EXPECT_EQ(incoming.models, QStringList{QString::fromStdString(folder / "flux.safetensors")});
}

class FolderOrder : public DroppedFiles, public testing::WithParamInterface<QLocale::Language> {
    void SetUp() override { QLocale::setDefault(QLocale(GetParam())); }
    void TearDown() override { QLocale::setDefault(QLocale::system()); }
};

TEST_P(FolderOrder, NumbersCountAsNumbers) {
    for (const char* name : {"img10.png", "img2.png", "img1.png", "notes.txt", "IMG3.JPEG", "sub10/a.webp", "sub2/b.tif", "sub2/deeper/c.png", ".hidden.png"}) touch(name);
    EXPECT_THAT(namesOf(imagesInFolder(QString::fromStdString(folder.path().string()))), ElementsAre("img1.png", "img2.png", "IMG3.JPEG", "img10.png", "b.tif", "a.webp"));
}
INSTANTIATE_TEST_SUITE_P(Languages, FolderOrder, testing::Values(QLocale::C, QLocale::English, QLocale::German));

TEST_F(DroppedFiles, AFolderThatIsNotThereHasNoImages) {
    EXPECT_THAT(imagesInFolder(QString::fromStdString(folder / "none")), IsEmpty());
}

TEST(Incoming, ASessionFileIsNoImage) {
    const Incoming incoming = incomingFrom(QStringList{"/somewhere/board.tessera", "/somewhere/a.png"});
    EXPECT_EQ(incoming.session, u"/somewhere/board.tessera");
    ASSERT_EQ(incoming.images.size(), 1u);
    EXPECT_EQ(incoming.images[0].path, "/somewhere/a.png");
    EXPECT_FALSE(incomingFrom(QStringList{"/somewhere/BOARD.TESSERA"}).session.isEmpty());
}

}  // namespace
}  // namespace tessera::test
