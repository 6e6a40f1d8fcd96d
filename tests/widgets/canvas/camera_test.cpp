// SPDX-License-Identifier: Apache-2.0
#include "canvas/camera.h"

#include <cmath>
#include <gtest/gtest.h>

#include "widgets/canvas/pictures.h"

namespace tessera::canvas {
namespace {

using test::plainPicture;

std::shared_ptr<const Picture> sized(int width, int height) {
    return plainPicture(width, height, 0, 0, 0);
}

/// A picture of `width` x `height` pixels that covers a part of a source.
std::shared_ptr<const Picture> part(int width, int height, Picture::Region region, int sourceWidth, int sourceHeight) {
    auto picture = std::make_shared<Picture>(*sized(width, height));
    picture->region = region;
    picture->sourceWidth = sourceWidth;
    picture->sourceHeight = sourceHeight;
    return picture;
}

Pane pane(Rect body, std::shared_ptr<const Picture> picture, int group = 0) {
    Pane made;
    made.body = body;
    made.picture = std::move(picture);
    made.group = group;
    return made;
}

TEST(Camera, FitShowsTheWholePictureInTheMiddleOfThePane) {
    const std::vector<Pane> panes{pane({10, 20, 200, 100}, sized(100, 100))};
    const CameraMaths maths(panes, {});
    EXPECT_EQ(maths.placement(0).rect(), (Rect{60, 20, 100, 100}));
    EXPECT_DOUBLE_EQ(maths.fitZoom(), 1);
}

TEST(Camera, ZoomCountsDevicePixelsPerPixelOfTheFirstPicture) {
    const std::vector<Pane> panes{pane({0, 0, 100, 100}, sized(64, 64)), pane({100, 0, 100, 100}, sized(32, 32))};
    auto half = std::make_shared<Picture>(*panes[1].picture);
    half->region = {0, 0, 64, 64};
    const std::vector<Pane> both{panes[0], pane(panes[1].body, half)};
    const CameraMaths maths(both, {0.5, 0.5, 3});
    EXPECT_DOUBLE_EQ(maths.placement(0).scaleX, 3);
    EXPECT_DOUBLE_EQ(maths.placement(1).scaleX, 6) << "half the pixels over the same source";
}

TEST(Camera, ASmallerPaneShowsAllThatTheReferencesShows) {
    const std::vector<Pane> panes{pane({0, 0, 200, 200}, sized(64, 64)), pane({200, 0, 50, 50}, sized(64, 64)), pane({200, 50, 50, 50}, sized(32, 32), 1)};
    for (const Camera& camera : {Camera{}, Camera{0.25, 0.75, 8}}) {
        const CameraMaths maths(panes, camera);
        for (const int other : {1, 2}) {
            const Rect whole = maths.visibleRegion(0), small = maths.visibleRegion(other);
            EXPECT_NEAR(small.x, whole.x, 1e-6);
            EXPECT_NEAR(small.y, whole.y, 1e-6);
            EXPECT_NEAR(small.width, whole.width, 1e-6);
            EXPECT_NEAR(small.height, whole.height, 1e-6);
        }
        EXPECT_DOUBLE_EQ(maths.placement(1).scaleX, maths.placement(0).scaleX / 4);
        // In whatever pane the hand is, what it holds stays under it.
        const Camera zoomed = maths.zoomedAt(210, 20, 2);
        EXPECT_NEAR(zoomed.zoom, 2 * (camera.zoom > 0 ? camera.zoom : maths.fitZoom()), 1e-9);
        EXPECT_NEAR(CameraMaths(panes, zoomed).normalX(1, 210), maths.normalX(1, 210), 1e-9);
        const Camera moved = maths.movedBy(5, 0, 1);
        EXPECT_NEAR(CameraMaths(panes, moved).normalX(1, 215), maths.normalX(1, 210), 1e-9);
    }
}

TEST(Camera, CellsThatReachOverThePicturesEdgeStayOnTheirPixels) {
    const auto picture = part(257, 193, {0, 0, 257, 193}, 257, 193);
    const auto latents = part(33, 25, {0, 0, 264, 200}, 257, 193);  // of the picture padded to 264 x 200, 8 px a cell
    const std::vector<Pane> panes{pane({0, 0, 300, 300}, picture), pane({310, 0, 300, 300}, latents)};
    for (const Camera& camera : {Camera{}, Camera{0.9, 0.95, 4}}) {
        const CameraMaths maths(panes, camera);
        const PanePlacement a = maths.placement(0), b = maths.placement(1);
        for (const double x : {0.0, 64.0, 256.0}) EXPECT_NEAR(a.originX + a.scaleX * x, b.originX + b.scaleX * x / 8 - 310, 1) << "both start on whole device pixels";
        for (const double y : {0.0, 96.0, 192.0}) EXPECT_NEAR(a.originY + a.scaleY * y, b.originY + b.scaleY * y / 8, 1);
    }
}

TEST(Camera, PicturesOfDifferentSizeShowTheSamePlaceAtTheSamePoint) {
    const auto whole = part(400, 300, {0, 0, 4000, 3000}, 4000, 3000);
    const auto crop = part(256, 256, {500, 0, 3000, 3000}, 4000, 3000);
    const std::vector<Pane> panes{pane({0, 0, 300, 300}, whole), pane({310, 0, 300, 300}, crop)};
    const CameraMaths maths(panes, {0.4, 0.6, 1.7});
    const PanePlacement a = maths.placement(0), b = maths.placement(1);
    for (const double sourceX : {500.0, 1234.0, 3500.0}) {
        const double inWhole = a.originX + a.scaleX * sourceX / 10;
        const double inCrop = b.originX + b.scaleX * (sourceX - 500) * 256 / 3000;
        EXPECT_NEAR(inWhole, inCrop - 310, 1) << "both start on whole device pixels";
    }
}

TEST(Camera, TheRegionOfAGroupIsTheUnionOfWhatItsPicturesCover) {
    const auto left = part(10, 10, {0, 0, 100, 100}, 200, 100);
    const auto right = part(10, 10, {100, 0, 100, 100}, 200, 100);
    const std::vector<Pane> panes{pane({0, 0, 200, 200}, left), pane({200, 0, 200, 200}, right)};
    const CameraMaths maths(panes, {});
    EXPECT_EQ(maths.placement(0).rect(), (Rect{0, 50, 100, 100}));
    EXPECT_EQ(maths.placement(1).rect(), (Rect{300, 50, 100, 100}));
}

TEST(Camera, GroupsSeeTheSameShareOfTheirOwnRegion) {
    const std::vector<Pane> panes{pane({0, 0, 100, 100}, sized(50, 50), 1), pane({0, 100, 100, 100}, sized(500, 500), 2)};
    const CameraMaths maths(panes, {0.25, 0.5, 8});
    const Rect a = maths.visibleRegion(0), b = maths.visibleRegion(1);
    EXPECT_NEAR(a.x, b.x, 1e-6);
    EXPECT_NEAR(a.width, b.width, 1e-6);
    EXPECT_DOUBLE_EQ(maths.placement(1).scaleX, 0.8);
}

TEST(Camera, APartialPictureIsNotTheReferenceIfThereIsAnother) {
    auto partial = std::make_shared<Picture>(*part(100, 100, {0, 0, 1000, 1000}, 1000, 1000));
    partial->partial = true;
    const auto whole = part(1000, 1000, {0, 0, 1000, 1000}, 1000, 1000);
    const std::vector<Pane> both{pane({0, 0, 500, 500}, partial), pane({500, 0, 500, 500}, whole)};
    EXPECT_DOUBLE_EQ(CameraMaths(both, {0.5, 0.5, 2}).placement(0).scaleX, 20);
    const std::vector<Pane> alone{both[0]};
    EXPECT_DOUBLE_EQ(CameraMaths(alone, {0.5, 0.5, 2}).placement(0).scaleX, 2);
}

TEST(Camera, ZoomingHoldsThePointUnderTheCursor) {
    const std::vector<Pane> panes{pane({0, 0, 333, 250}, sized(640, 480)), pane({340, 0, 333, 250}, sized(640, 480))};
    Camera camera;
    for (const double factor : {1.25, 3.0, 0.7, 10.0, 0.2}) {
        const CameraMaths before(panes, camera);
        const double heldX = before.normalX(1, 471.5), heldY = before.normalY(1, 77.25);
        camera = before.zoomedAt(471.5, 77.25, factor);
        const CameraMaths after(panes, camera);
        EXPECT_NEAR(after.normalX(1, 471.5), heldX, 1e-9) << factor;
        EXPECT_NEAR(after.normalY(1, 77.25), heldY, 1e-9) << factor;
    }
}

TEST(Camera, ZoomingOutsideOfPanesHoldsTheCentre) {
    const std::vector<Pane> panes{pane({0, 0, 100, 100}, sized(100, 100))};
    const Camera camera = CameraMaths(panes, {0.3, 0.6, 2}).zoomedAt(500, 500, 2);
    EXPECT_NEAR(camera.centreX, 0.3, 1e-12);
    EXPECT_NEAR(camera.centreY, 0.6, 1e-12);
    EXPECT_DOUBLE_EQ(camera.zoom, 4);
}

TEST(Camera, ZoomStaysBetweenASmallPictureAndLargePixels) {
    const std::vector<Pane> panes{pane({0, 0, 500, 500}, sized(400, 320))};
    const CameraMaths maths(panes, {});
    EXPECT_DOUBLE_EQ(maths.zoomedAt(250, 250, 1e9).zoom, 256);
    EXPECT_DOUBLE_EQ(maths.zoomedAt(250, 250, 1e-9).zoom, 16.0 / 400);
    EXPECT_DOUBLE_EQ(maths.zoomedTo(1e9).zoom, 256);
    EXPECT_DOUBLE_EQ(maths.zoomedTo(0).zoom, 0) << "fit is not a zoom to clamp";
}

TEST(Camera, PanningMovesThePictureByThatManyDevicePixels) {
    const std::vector<Pane> panes{pane({0, 0, 100, 100}, sized(100, 100))};
    const Camera start{0.5, 0.5, 4};
    const Camera moved = CameraMaths(panes, start).movedBy(20, -12);
    const PanePlacement before = CameraMaths(panes, start).placement(0), after = CameraMaths(panes, moved).placement(0);
    EXPECT_DOUBLE_EQ(after.originX - before.originX, 20);
    EXPECT_DOUBLE_EQ(after.originY - before.originY, -12);
    const Camera far = CameraMaths(panes, start).movedBy(1e6F, 1e6F);
    EXPECT_DOUBLE_EQ(far.centreX, 0) << "the centre stays inside";
    EXPECT_DOUBLE_EQ(far.centreY, 0);
}

TEST(Camera, PanningFromFitKeepsTheSizeThatFitHad) {
    const std::vector<Pane> panes{pane({0, 0, 300, 100}, sized(50, 50))};
    const Camera moved = CameraMaths(panes, {}).movedBy(5, 0);
    EXPECT_DOUBLE_EQ(moved.zoom, 2);
}

TEST(Camera, FromFullSizeOnPicturesStartOnWholeDevicePixels) {
    const std::vector<Pane> panes{pane({0, 0, 333, 251}, sized(64, 64))};
    for (const double zoom : {1.0, 1.3, 2.0, 7.0}) {
        const PanePlacement placement = CameraMaths(panes, {0.4123, 0.5777, zoom}).placement(0);
        EXPECT_EQ(placement.originX, std::round(placement.originX)) << zoom;
        EXPECT_EQ(placement.originY, std::round(placement.originY)) << zoom;
    }
    const PanePlacement small = CameraMaths(panes, {0.4123, 0.5777, 0.5}).placement(0);
    EXPECT_NE(small.originX, std::round(small.originX)) << "a whole step would tremble";
}

TEST(Camera, WithoutPicturesNothingMoves) {
    const std::vector<Pane> panes{pane({0, 0, 100, 100}, nullptr)};
    const CameraMaths maths(panes, {0.2, 0.3, 5});
    EXPECT_FALSE(maths.placement(0).visible());
    EXPECT_EQ(maths.fitZoom(), 0);
    EXPECT_EQ(maths.zoomedAt(50, 50, 2), (Camera{0.2, 0.3, 5}));
    EXPECT_EQ(maths.movedBy(9, 9), (Camera{0.2, 0.3, 5}));
    EXPECT_EQ(maths.visibleRegion(0), Rect{});
    EXPECT_FALSE(maths.placement(7).visible()) << "no such pane";
}

TEST(Camera, VisibleRegionIsThePartOfThePictureInThePane) {
    const std::vector<Pane> panes{pane({0, 0, 100, 50}, sized(100, 100))};
    const Rect region = CameraMaths(panes, {0.5, 0.5, 2}).visibleRegion(0);
    EXPECT_NEAR(region.x, 0.25, 1e-6);
    EXPECT_NEAR(region.width, 0.5, 1e-6);
    EXPECT_NEAR(region.y, 0.375, 1e-6);
    EXPECT_NEAR(region.height, 0.25, 1e-6);
    EXPECT_EQ(CameraMaths(panes, {}).visibleRegion(0), (Rect{0, 0, 1, 1}));
}

}  // namespace
}  // namespace tessera::canvas
