// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <QObject>

#include <tessera/engine.h>

#include "codes/codewords.h"

namespace tessera::ui {

class EngineHost;
class Session;

/// The codewords of one model.
struct Codebooks {
    ModelId model{};
    CodeLayout layout;
    std::vector<Codewords> books;  ///< one per depth, or one for all

    const Codewords& of(int depth) const { return books.size() == 1 ? books.front() : books[depth]; }
};

/// Reads the codebooks of the session's current model, once for each, when somebody asks for them. GUI thread; never waits.
class CodebookReader : public QObject {
    Q_OBJECT
public:
    CodebookReader(Session& session, EngineHost& host, QObject* parent = nullptr);
    ~CodebookReader() override;

    /// Asks the engine where it does not know them yet. Null before the answer, and for a model without codes.
    std::shared_ptr<const Codebooks> read();
    /// Why read() gives none.
    const std::optional<Error>& error() const { return m_error; }

Q_SIGNALS:
    void answered();

private:
    void take(const ModelInfo& model, std::uint64_t ticket, const Result<TensorMap>& result);

    Session& m_session;
    EngineHost& m_host;
    std::shared_ptr<Engine> m_engine;  ///< that was asked
    ModelId m_model{};                 ///< whose codebooks were asked for
    std::shared_ptr<const Codebooks> m_codebooks;
    std::optional<Error> m_error;
    std::uint64_t m_ticket = 0;
    Subscription m_job;
};

}  // namespace tessera::ui
