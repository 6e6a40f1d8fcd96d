// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/metrics_model.h"

#include <limits>

#include <QAbstractItemModelTester>

#include "widgets/bridge/board_fixture.h"

namespace tessera::test {
namespace {

using namespace ui;
using testing::AllOf;
using testing::HasSubstr;
using enum MetricsModel::Section;

Picture measured(std::vector<Measure> measures) {
    Picture picture = fakePicture(8, 8);
    picture.measures = std::move(measures);
    picture.region = {100, 0, 400, 400};
    picture.sourceWidth = 600;
    picture.sourceHeight = 400;
    picture.timings = {{"latents", 0.02, false}, {"decoded", 0.03, true}};
    return picture;
}

Picture reconstruction(double psnr) {
    return measured({{"psnr", psnr, Unit::Decibels, "sRGB 0..1"}, {"ssim", 0.957, Unit::None, "window 11"}});
}

Picture difference() {
    return measured({{"psnr", 1.0, Unit::Decibels, "other"},
                     {"ms_ssim", {}, Unit::None, "both sides must be at least 161 px"},
                     {"lpips", {}, Unit::None, "needs weights: put them somewhere"},
                     {"flip", 0.0417, Unit::None, "67 pixels per degree"}});
}

class MetricsModelTest : public BoardFixture {
protected:
    MetricsModelTest() { start(); }
    /// Rows whose reconstructions have these PSNR.
    std::vector<RowId> rowsOf(std::vector<double> psnrs) {
        const auto rows = addMany(static_cast<int>(psnrs.size()));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            session.setCurrentRow(rows[i]);
            runQueued();
            const std::string path = row(rows[i]).request.path;
            for (const auto& job : engine->pictures) {
                if (engine->pathOf(job->subject.cell.source) != path) continue;
                job->answer(job->subject.lens == "reconstruction" ? reconstruction(psnrs[i]) : job->subject.lens == "difference" ? difference() : fakePicture(8, 8));
            }
            runQueued();
        }
        return rows;
    }
    std::string text(int line, int section, int role = Qt::DisplayRole) const { return model.index(line, section).data(role).toString().toStdString(); }

    MetricsModel model{session, *board, host, MetricsModel::Scope::AllRows};
    QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::Fatal};
};

TEST_F(MetricsModelTest, ALineHoldsTheReconstructionsNumbersAndThoseOfItsDifference) {
    const RowId only = rowsOf({34.3931})[0];
    ASSERT_EQ(model.rowCount(), 1);
    EXPECT_EQ(text(0, ImageSection), "0.png");
    EXPECT_EQ(text(0, ModelSection), "mini");
    EXPECT_EQ(text(0, LensSection), "reconstruction");
    EXPECT_EQ(text(0, PsnrSection), "34.39 dB") << "its own number, not the difference's";
    EXPECT_EQ(text(0, SsimSection), "0.957");
    EXPECT_EQ(text(0, FlipSection), "0.042");
    EXPECT_EQ(text(0, MsSsimSection), "–");
    EXPECT_EQ(text(0, LpipsSection), "needs weights");
    EXPECT_THAT(text(0, TimeSection), testing::EndsWith("s"));
    EXPECT_EQ(model.rowAt(0), only);
    EXPECT_EQ(model.lineOf(only), 0);
}

TEST_F(MetricsModelTest, ToolTipsSayHowOrWhyNot) {
    rowsOf({34.3931});
    EXPECT_THAT(text(0, PsnrSection, Qt::ToolTipRole), AllOf(HasSubstr("sRGB 0..1"), HasSubstr("400 × 400 px from 100, 0 of 600 × 400 px")));
    EXPECT_THAT(text(0, MsSsimSection, Qt::ToolTipRole), HasSubstr("at least 161 px"));
    EXPECT_THAT(text(0, LpipsSection, Qt::ToolTipRole), HasSubstr("put them somewhere"));
    EXPECT_THAT(text(0, TimeSection, Qt::ToolTipRole), HasSubstr("decoded: from the cache"));
}

TEST_F(MetricsModelTest, NumbersAreRightAlignedLikeTheirHeaders) {
    rowsOf({34.3931});
    for (int section = 0; section < SectionCount; ++section) {
        const Qt::Alignment wanted = section >= PsnrSection ? Qt::AlignRight : Qt::AlignLeft;
        EXPECT_TRUE(Qt::Alignment(model.index(0, section).data(Qt::TextAlignmentRole).toInt()) & wanted) << section;
        EXPECT_TRUE(Qt::Alignment(model.headerData(section, Qt::Horizontal, Qt::TextAlignmentRole).toInt()) & wanted) << section;
    }
    EXPECT_EQ(text(0, PsnrSection, MetricsModel::UnitRole), "dB");
    EXPECT_DOUBLE_EQ(model.index(0, PsnrSection).data(MetricsModel::NumberRole).toDouble(), 34.3931);
    EXPECT_FALSE(model.index(0, LpipsSection).data(MetricsModel::NumberRole).isValid());
}

TEST_F(MetricsModelTest, SeveralImagesHaveAMean) {
    const auto rows = rowsOf({30, 34});
    ASSERT_EQ(model.rowCount(), 3);
    EXPECT_EQ(text(2, ImageSection), "mean of 2");
    EXPECT_EQ(text(2, PsnrSection), "32.00 ± 2.83 dB");
    EXPECT_EQ(text(2, SsimSection), "0.957");
    EXPECT_EQ(text(2, MsSsimSection), "–");
    EXPECT_TRUE(model.index(2, 0).data(MetricsModel::MeanRole).toBool());
    EXPECT_EQ(model.rowAt(2), RowId{});
    EXPECT_TRUE(model.index(1, 0).data(MetricsModel::CurrentRole).toBool());
    session.setCurrentRow(rows[0]);
    runQueued();
    EXPECT_TRUE(model.index(0, 0).data(MetricsModel::CurrentRole).toBool());
    EXPECT_FALSE(model.index(1, 0).data(MetricsModel::CurrentRole).toBool());
}

TEST_F(MetricsModelTest, AnImageThatIsKeptExactlyIsInfinite) {
    rowsOf({30, std::numeric_limits<double>::infinity()});
    EXPECT_EQ(text(1, PsnrSection), "∞ dB");
    EXPECT_EQ(text(2, PsnrSection), "∞ dB");
}

TEST_F(MetricsModelTest, TheScopeCanBeTheCurrentRow) {
    rowsOf({30, 34});
    model.setScope(MetricsModel::Scope::CurrentRow);
    runQueued();
    ASSERT_EQ(model.rowCount(), 1);
    EXPECT_EQ(text(0, PsnrSection), "34.00 dB");
}

TEST_F(MetricsModelTest, NumbersOfAnOutdatedPictureAreNotShown) {
    rowsOf({30});
    session.setParameter(-1, "size", std::int64_t(512));
    runQueued();
    EXPECT_EQ(text(0, PsnrSection), "–");
    EXPECT_EQ(text(0, PsnrSection, Qt::ToolTipRole), "Not computed yet");
}

TEST_F(MetricsModelTest, ABrokenFileSaysWhyItHasNone) {
    const RowId a = add("/p/a.png");
    session.setRowError(a, {ErrorCode::Unreadable, "the file is cut off", "/p/a.png", "copy it again"});
    add("/p/b.png");
    EXPECT_EQ(text(0, PsnrSection), "–");
    EXPECT_THAT(text(0, PsnrSection, Qt::ToolTipRole), HasSubstr("the file is cut off"));
}

TEST_F(MetricsModelTest, CopiesAsTextThatOtherProgramsRead) {
    rowsOf({34.5});
    const QStringList lines = model.text().split(u'\n');
    EXPECT_EQ(lines[0], "image\tmodel\tlens\tPSNR (dB)\tSSIM\tMS-SSIM\tFLIP\tLPIPS\ttime (s)");
    EXPECT_TRUE(lines[1].startsWith("0.png\tmini\treconstruction\t34.5\t0.957\t\t0.0417\t\t")) << lines[1].toStdString();
    EXPECT_EQ(model.text({}), model.text({0}));
}

}  // namespace
}  // namespace tessera::test
