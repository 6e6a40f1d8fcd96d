// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bridge/code_pictures.h"
#include "bridge/codebook_reader.h"
#include "bridge/codeword_maths.h"
#include "bridge/depth_reader.h"
#include "bridge/library_codes.h"

namespace tessera::ui {

class TokenReader;

/// What the panels about codes read, so that each thing is asked for once. They ask for nothing before a panel is seen.
struct CodeReaders {
    CodeReaders(Session& sessionGiven, EngineHost& hostGiven, CellBoard& board, TokenReader& tokensGiven)
        : session(sessionGiven), host(hostGiven), tokens(tokensGiven), codebooks(session, host), pictures(session, host), depths(session, host, board), library(session, host, board) {}

    Session& session;
    EngineHost& host;
    TokenReader& tokens;
    CodebookReader codebooks;
    CodePictures pictures;
    DepthReader depths;
    LibraryCodes library;
    CodewordMaths maths;
};

}  // namespace tessera::ui
