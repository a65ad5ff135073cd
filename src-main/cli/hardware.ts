import type { Command } from 'commander';
import type { Gpu, Machine } from '../domain/hardware.ts';
import { formatBytes } from '../domain/units.ts';
import { print, printJson, table } from './output.ts';
import { type CliContext, withSession } from './session.ts';

export function hardwareCommand(program: Command, context: CliContext): void {
  program
    .command('hardware')
    .description('the cards, memory and disks of this machine, each number with its source')
    .action((_options: unknown, command: Command) =>
      withSession(context, command, async ({ client, json }) => {
        const machine = await client.hardware.read();
        if (json) printJson(machine);
        else print(machineText(machine));
      }),
    );
}

const bytes = (value: number | null): string => (value === null ? '?' : formatBytes(value));

export function machineText(machine: Machine): string {
  const { cpu, memory } = machine;
  const lines = [
    `${machine.hostname}: ${machine.os}, ${machine.arch}`,
    `CPU   ${cpu.model}, ${cpu.physicalCores} cores (${cpu.features.join(', ') || 'features unknown'})`,
    `RAM   ${bytes(memory.availableBytes)} available of ${bytes(memory.totalBytes)} (${memory.source})`,
    ...machine.disks.map(
      (disk) => `Disk  ${bytes(disk.freeBytes)} free of ${bytes(disk.totalBytes)} at ${disk.path}`,
    ),
  ];
  const cards =
    machine.gpus.length === 0
      ? 'No GPU found: models run on the CPU.\n'
      : table<Gpu>(machine.gpus, [
          { head: 'GPU', cell: (gpu) => gpu.name + (gpu.software ? ' (software)' : '') },
          { head: 'backend', cell: (gpu) => gpu.backend },
          { head: 'total', cell: (gpu) => bytes(gpu.vramTotalBytes), right: true },
          { head: 'used', cell: (gpu) => bytes(gpu.vramUsedBytes), right: true },
          { head: 'free', cell: (gpu) => bytes(gpu.vramFreeBytes), right: true },
          { head: 'source', cell: (gpu) => gpu.memorySource },
        ]);
  return [...lines, '', cards, ...machine.notes.map((text) => `Note: ${text}`)].join('\n');
}
