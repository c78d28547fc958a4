/*
 * The files of programs that are simulated or explored: no octet of them is kept, since all files
 * of scenarios have the same (scene_file_octet), but only how many have come.
 */
#ifndef SCENE_SIMFILE_H
#define SCENE_SIMFILE_H

#include "rc/app.h"
#include "rc/channel.h"
#include "tools/scene/scene.h"

/* All zero: nothing has come. It outlives its program, as a file does. */
typedef struct simfile {
    bool writes, wrong; /* an octet that came was not the one */
    uint32_t part;
} simfile;

/* The answer that the object waits for, as tools/host/files.h has it. */
typedef struct simfile_answer {
    bool due; /* there is one: an RC_CMD_FILE */
    int64_t value;
    nbt_bytes data; /* in `room` */
} simfile_answer;

/* What an action wants, RC_APP_FILE_OPEN to _OVER; of others nothing is wanted. */
simfile_answer simfile_act(simfile *f, const scene_program *p, const nbt_act *act, nbt_bytes data,
                           uint8_t room[RC_PIECE_MAX]);

#endif
