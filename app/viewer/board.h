// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <tessera/engine.h>

namespace tessera::viewer {

/// A row: one picture file.
struct ImageRow {
    std::uint64_t id = 0;
    std::string path;
    std::string name;  ///< without its folder
    SourceId source{};
};

/// A model that columns are made of.
struct ModelRow {
    ModelRequest request;
    std::string name;  ///< as asked for until it is open
    std::optional<ModelInfo> info;
    std::optional<Error> error;
    Progress progress;
    Subscription job;
    bool opening() const { return static_cast<bool>(job); }
};

/// A lens that columns are made of, with the parameters that are not as they are initially.
struct LensRow {
    std::uint64_t id = 0;
    std::string name;
    ParameterSet parameters;
};

/// Where a cell's picture stands.
struct Cell {
    std::shared_ptr<const Picture> picture;  ///< the newest answer; an older one while `waiting`
    std::optional<Error> error;
    std::optional<Progress> progress;
    bool waiting = false;
    std::optional<Query> asked;
    std::uint64_t slot = 0, round = 0;
    Subscription job;
};

/// Pictures x (models x lenses), and what the engine makes of them. Knows no window; one thread, that of `executor`.
class Board {
public:
    struct Column {
        std::size_t lens = 0;
        std::optional<std::size_t> model;  ///< none: the lens needs none
        bool operator==(const Column&) const = default;
    };

    /// `changed` is called whenever something that is shown has changed.
    Board(Executor executor, std::function<void()> changed);
    ~Board();

    /// Once. Lenses are NAME[:PARAM=VALUE,...]; the first that cannot be read is given back.
    std::optional<Error> start(std::shared_ptr<Engine> engine, const std::vector<std::string>& lenses);
    void fail(Error error);
    const std::shared_ptr<Engine>& engine() const { return m_engine; }
    const std::optional<Error>& failure() const { return m_failure; }
    const std::vector<LensInfo>& lensInfos() const { return m_lensInfos; }
    const std::vector<ModelEntry>& modelEntries() const { return m_modelEntries; }
    const LensInfo* infoOf(const LensRow& lens) const;

    /// Pictures, or models where a path is a checkpoint or the folder of one; a folder of pictures adds these.
    void addFiles(const std::vector<std::string>& paths);
    void removeImage(std::size_t row);
    void addModel(ModelRequest request);
    void removeModel(std::size_t model);
    void addLens(const std::string& name);
    void removeLens(std::size_t lens);
    void setParameter(std::size_t lens, const std::string& name, const Value& value);

    const std::vector<ImageRow>& images() const { return m_images; }
    const std::vector<ModelRow>& models() const { return m_models; }
    const std::vector<LensRow>& lenses() const { return m_lenses; }
    std::vector<Column> columns() const;
    std::string titleOf(const Column& column) const;      ///< lens and model
    std::string lensTitleOf(const Column& column) const;  ///< the lens, with what tells columns of one lens apart

    /// Asks for the cells of these rows and lets go of all others.
    void show(std::size_t firstRow, std::size_t endRow);
    /// Null for a cell that is not shown.
    const Cell* cell(std::size_t row, const Column& column) const;
    /// One sentence about a cell without a picture: what it waits for, or why there is none.
    std::string wordsOf(std::size_t row, const Column& column) const;
    /// Nothing that is shown is on its way.
    bool settled() const;

private:
    using Key = std::tuple<std::uint64_t, std::uint64_t, std::string>;  ///< image, lens, model
    Key keyOf(std::size_t row, const Column& column) const;
    Query queryOf(std::size_t row, const Column& column) const;
    void openModels();
    void update();
    void ask(const Key& key, const Query& query);
    void answered(const Key& key, std::uint64_t round, const Result<Picture>& result);

    Executor m_executor;
    std::function<void()> m_changed;
    std::shared_ptr<Engine> m_engine;
    std::optional<Error> m_failure;
    std::vector<LensInfo> m_lensInfos;
    std::vector<ModelEntry> m_modelEntries;
    std::vector<ImageRow> m_images;
    std::vector<ModelRow> m_models;
    std::vector<LensRow> m_lenses;
    std::size_t m_firstRow = 0, m_endRow = 0;
    std::uint64_t m_lastId = 0;
    std::map<Key, Cell> m_cells;
};

}  // namespace tessera::viewer
