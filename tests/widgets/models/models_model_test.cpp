// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/models_model.h"

#include <QAbstractItemModelTester>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bridge/engine_host.h"
#include "widgets/support/event_loop.h"
#include "widgets/support/fake_engine.h"
#include "workspace/session.h"

namespace tessera::test {
namespace {

using namespace ui;
using State = ModelsModel::State;
using testing::ElementsAre;
using testing::HasSubstr;

class ModelsModelTest : public testing::Test {
protected:
    ModelsModelTest() {
        session.setInitialModel({"mini", Precision::Auto});
        QObject::connect(&session, &Session::modelChanged, [this] { host.chooseModel(session.model()); });
        host.chooseModel(session.model());
    }
    void start() {
        host.adopt(engine);
        engine->giveModel(1);
        runQueued();
    }
    std::vector<std::string> names() const {
        std::vector<std::string> result;
        for (int row = 0; row < model.rowCount(); ++row) result.push_back(text(row, Qt::DisplayRole));
        return result;
    }
    std::string text(int row, int role) const { return model.index(row).data(role).toString().toStdString(); }
    State state(int row) const { return State(model.index(row).data(ModelsModel::StateRole).toInt()); }

    std::shared_ptr<FakeEngine> engine = std::make_shared<FakeEngine>();
    Session session;
    EngineHost host;
    ModelsModel model{session, host};
    QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::Fatal};
};

TEST_F(ModelsModelTest, TheEmbeddedModelIsListedWithItsSizeAndState) {
    host.adopt(engine);
    EXPECT_THAT(names(), ElementsAre("mini"));
    EXPECT_EQ(state(0), State::Opening);
    EXPECT_EQ(text(0, ModelsModel::DetailRole), "9.6 MB · built in, opening");
    engine->giveModel(1);
    runQueued();
    EXPECT_EQ(state(0), State::Loaded);
    EXPECT_EQ(text(0, ModelsModel::DetailRole), "9.6 MB · built in, loaded");
    EXPECT_EQ(text(0, Qt::AccessibleTextRole), "mini, 9.6 MB · built in, loaded");
    EXPECT_EQ(text(0, ModelsModel::ReferenceRole), "mini");
    EXPECT_EQ(model.index(0).data(Qt::CheckStateRole).toInt(), Qt::Checked);
    EXPECT_THAT(text(0, Qt::ToolTipRole), HasSubstr("fp32"));
}

TEST_F(ModelsModelTest, AModelOpenedByPathStaysInTheList) {
    start();
    session.chooseModel({"/models/flux/ae.safetensors", Precision::Auto});
    EXPECT_THAT(names(), ElementsAre("mini", "ae.safetensors"));
    EXPECT_EQ(state(0), State::Here);
    EXPECT_EQ(state(1), State::Opening);
    EXPECT_EQ(model.currentIndex().row(), 1);
    ModelInfo info{.id = ModelId{2}, .name = "FLUX.1 VAE", .family = "autoencoder_kl", .precision = "bf16", .fileBytes = 335'000'000};
    engine->opened.back()->answer(info);
    runQueued();
    EXPECT_EQ(text(1, Qt::DisplayRole), "FLUX.1 VAE");
    EXPECT_EQ(text(1, ModelsModel::DetailRole), "335.0 MB · file, loaded");
    session.undoStack().undo();
    runQueued();
    EXPECT_THAT(names(), ElementsAre("mini", "FLUX.1 VAE"));
    EXPECT_EQ(text(1, ModelsModel::DetailRole), "335.0 MB · file");
    EXPECT_EQ(model.index(1).data(Qt::CheckStateRole).toInt(), Qt::Unchecked);
}

TEST_F(ModelsModelTest, WhereThereIsRoomForOneCheckingAsksForIt) {
    start();
    session.chooseModel({"/models/flux", Precision::Fp32});
    QStringList wanted;
    QObject::connect(&model, &ModelsModel::modelWanted, [&](const QString& reference) { wanted << reference; });
    ASSERT_TRUE(model.setData(model.index(0), Qt::Checked, Qt::CheckStateRole));
    EXPECT_EQ(wanted, QStringList{"mini"});
    EXPECT_EQ(session.model().reference, "/models/flux") << "it may be one that cannot be opened";
    EXPECT_FALSE(model.setData(model.index(1), Qt::Unchecked, Qt::CheckStateRole)) << "one model is always the chosen one";
}

TEST_F(ModelsModelTest, ABoardOfSeveralGetsOneMoreUndoably) {
    start();
    session.setWorkspace(WorkspaceKind::Compare);
    session.chooseModel({"/models/flux", Precision::Fp32});
    ASSERT_TRUE(model.setData(model.index(0), Qt::Checked, Qt::CheckStateRole));
    EXPECT_EQ(modelsOf(session.groups()).size(), 2u);
    session.undoStack().undo();
    EXPECT_EQ(modelsOf(session.groups()).size(), 1u);
}

TEST_F(ModelsModelTest, AModelThatDoesNotOpenSaysWhy) {
    host.adopt(engine);
    engine->opened.back()->answer(Error{ErrorCode::Mismatch, "a tensor is missing", "encoder.conv_in.weight", "choose another file"});
    runQueued();
    EXPECT_EQ(state(0), State::Failed);
    EXPECT_THAT(text(0, ModelsModel::DetailRole), HasSubstr("a tensor is missing"));
    EXPECT_THAT(text(0, ModelsModel::ErrorRole), HasSubstr("encoder.conv_in.weight"));
}

}  // namespace
}  // namespace tessera::test
