import { env } from 'node:process';
import { joinVoiceChannel, VoiceConnectionStatus } from '@discordjs/voice';
import { type ChatInputCommandInteraction, Client, Events, GatewayIntentBits, SlashCommandBuilder } from 'discord.js';
import { createClient } from 'ffmpeg-functions/client';
import { createQueue, type Queue } from './player.ts';

const COMMANDS = [
  new SlashCommandBuilder()
    .setName('play')
    .setDescription('Adds a link to the queue')
    .addStringOption((option) => option.setName('url').setDescription('Link to the audio').setRequired(true)),
  new SlashCommandBuilder().setName('skip').setDescription('Plays the next track'),
  new SlashCommandBuilder().setName('pause').setDescription('Pauses, or goes on'),
  new SlashCommandBuilder()
    .setName('speed')
    .setDescription('Changes the speed')
    .addNumberOption((option) =>
      option.setName('factor').setDescription('0.5 to 2').setMinValue(0.5).setMaxValue(2).setRequired(true),
    ),
];

const { FFN_URL = 'http://127.0.0.1:8090', FFN_API_KEY, DISCORD_TOKEN } = env;
const audio = createClient({ baseUrl: FFN_URL, ...(FFN_API_KEY && { credentials: { apiKey: FFN_API_KEY } }) });
const discord = new Client({ intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates] });
const queues = new Map<string, Queue>();

function queueOf(command: ChatInputCommandInteraction<'cached'>): Queue {
  const known = queues.get(command.guildId);
  if (known !== undefined) return known;
  const { channelId } = command.member.voice;
  if (channelId === null) throw new Error('Join a voice channel first.');
  const { guildId, guild } = command;
  const connection = joinVoiceChannel({ channelId, guildId, adapterCreator: guild.voiceAdapterCreator });
  const queue = createQueue(audio);
  connection.subscribe(queue.player);
  queues.set(guildId, queue);
  connection.on(VoiceConnectionStatus.Disconnected, () => {
    queues.delete(guildId);
    queue.close();
    connection.destroy();
  });
  return queue;
}

async function obey(command: ChatInputCommandInteraction<'cached'>): Promise<void> {
  const queue = queueOf(command);
  if (command.commandName === 'play') queue.add(command.options.getString('url', true));
  if (command.commandName === 'skip') queue.skip();
  if (command.commandName === 'pause') queue.player.unpause() || queue.player.pause();
  if (command.commandName === 'speed') await queue.change({ speed: command.options.getNumber('factor', true) });
}

discord.once(Events.ClientReady, (ready) => ready.application.commands.set(COMMANDS));
discord.on(Events.InteractionCreate, async (interaction) => {
  if (!interaction.isChatInputCommand() || !interaction.inCachedGuild()) return;
  const answer = await obey(interaction).then(
    () => 'Done.',
    (error: Error) => error.message,
  );
  await interaction.reply(answer);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    audio.close();
    await discord.destroy();
    process.exit();
  });
}
await discord.login(DISCORD_TOKEN);
