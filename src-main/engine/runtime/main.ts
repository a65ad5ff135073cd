/** The engine child: one loaded model, or one probe, behind the protocol. Only starts; everything else is beside it. */
import { serveChild } from '../child/serve.ts';
import { createProgram } from './program.ts';

const served = serveChild(createProgram({ log: (line) => served.log(line) }));
