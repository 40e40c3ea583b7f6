import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { getVoiceConnection } from '@discordjs/voice';
import { Client, Events, type Interaction } from 'discord.js';

/**
 * Imported before `bot.ts`: replaces the login and the voice connection. The bot gets the commands of COMMANDS (JSON:
 * name, value, packets until the next one), and the Opus packets for the connection are written to HEARD.
 */
const { COMMANDS = '[]', HEARD = '' } = process.env;
const GUILD = '1';
/** After a command that waits for no packets. */
const PAUSE_MS = 1_000;
const STEP_MS = 5;
const LONGEST_WAIT_MS = 20_000;

const packets: { readonly ms: number; readonly data: string }[] = [];
const marks: { readonly name: string; readonly ms: number; readonly packet: number }[] = [];

Client.prototype.login = async function login(this: Client): Promise<string> {
  void spend(this);
  return '';
};

async function spend(discord: Client): Promise<void> {
  for (const [name, value, count] of JSON.parse(COMMANDS) as [string, string | number, number][]) {
    marks.push({ name, ms: performance.now(), packet: packets.length });
    process.stdout.write(`command ${name}\n`);
    discord.emit(Events.InteractionCreate, interaction(name, value));
    listen();
    const enough = packets.length + count;
    if (count === 0) await pause(PAUSE_MS);
    for (let waited = 0; packets.length < enough && waited < LONGEST_WAIT_MS; waited += STEP_MS) await pause(STEP_MS);
  }
  writeFileSync(HEARD, JSON.stringify({ marks, packets }));
  process.kill(process.pid, 'SIGTERM');
}

function interaction(commandName: string, value: string | number): Interaction {
  return {
    commandName,
    guildId: GUILD,
    guild: { voiceAdapterCreator: () => ({ sendPayload: () => true, destroy: () => undefined }) },
    member: { voice: { channelId: '2' } },
    options: { getString: () => value, getNumber: () => value },
    isChatInputCommand: () => true,
    inCachedGuild: () => true,
    reply: async (text: string) => process.stdout.write(`reply ${text}\n`),
  } as unknown as Interaction;
}

/** Makes the connection ready without a network. */
function listen(): void {
  const connection = getVoiceConnection(GUILD);
  if (connection === undefined || connection.state.status === 'ready') return;
  Object.defineProperty(connection, 'state', { value: { status: 'ready' } });
  connection.prepareAudioPacket = (packet) => {
    packets.push({ ms: performance.now(), data: Buffer.from(packet).toString('base64') });
    return undefined;
  };
  connection.dispatchAudio = () => true;
  connection.setSpeaking = () => undefined;
}
