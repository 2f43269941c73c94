/** From facts about Vulkan to sentences with remedies, so that a GPU that is not found can be: which part is missing, and what was tried. */
import type { DoctorFinding } from '../protocol/doctor.ts';
import { finding, type Remedy } from './doctorFindings.ts';
import { VULKAN_LOADER, type Library, type NvidiaFacts, type VulkanFacts } from './vulkanFacts.ts';

export const vulkanFindings = (facts: VulkanFacts): readonly DoctorFinding[] =>
  [loader(facts), driver(facts), devices(facts), nvidia(facts)].flatMap((found) => found ?? []);

/** A machine without a GPU lacks nothing. */
const seriousness = ({ devices, nvidia }: VulkanFacts): DoctorFinding['level'] =>
  devices.length > 0 || nvidia !== null ? 'warning' : 'info';

function loader(facts: VulkanFacts): DoctorFinding {
  const { problem } = facts.loader;
  if (problem === null) return finding('vulkanLoader', 'ok', ['The Vulkan loader {0} can be loaded.', VULKAN_LOADER]);
  return finding(
    'vulkanLoader',
    seriousness(facts),
    ['The Vulkan loader {0} cannot be loaded: {1}', VULKAN_LOADER, problem],
    ['Install it (Debian and Ubuntu: {0}), or use the kit of "npm run kit", which brings one.', 'libvulkan1'],
  );
}

function driver(facts: VulkanFacts): DoctorFinding {
  const { drivers } = facts;
  const working = drivers.filter(({ library }) => library?.problem === null).map(({ manifest }) => manifest);
  if (working.length > 0)
    return finding('vulkanDriver', 'ok', ['Vulkan drivers that can be loaded: {0}.', working.join(', ')]);
  return drivers.length > 0 ? brokenDriver(facts) : noDriver(facts);
}

function brokenDriver(facts: VulkanFacts): DoctorFinding {
  const reasons = facts.drivers.map(({ manifest, library }) =>
    library === null ? `${manifest}: no manifest of a driver` : `${manifest}: ${problemOf(library)}`,
  );
  return finding(
    'vulkanDriver',
    seriousness(facts),
    ['No registered Vulkan driver can be loaded ({0}).', reasons.join('; ')],
    [
      'Install the libraries that are named as missing (for NVIDIA often {0}); in a container the driver comes from the host: {1}.',
      'libx11-6 libxext6 libglvnd0',
      'NVIDIA_DRIVER_CAPABILITIES=all',
    ],
  );
}

function noDriver(facts: VulkanFacts): DoctorFinding {
  const variables = 'VK_DRIVER_FILES, VK_ICD_FILENAMES, VK_ADD_DRIVER_FILES';
  return finding(
    'vulkanDriver',
    seriousness(facts),
    [
      'No Vulkan driver (ICD) is registered: none of {0} names a file, and no *.json lies in {1}.',
      variables,
      facts.folders.join(', ') || '-',
    ],
    registering(facts),
  );
}

function registering({ nvidia }: VulkanFacts): Remedy {
  const usable = nvidia?.graphics.find(({ problem }) => problem === null);
  if (usable)
    return [
      'The driver is here, only its manifest is missing: name a JSON file with {0} in the variable {1}.',
      `{"file_format_version":"1.0.0","ICD":{"library_path":"${usable.name}","api_version":"1.3.0"}}`,
      'VK_DRIVER_FILES',
    ];
  return [
    'If this machine has a GPU, install its Vulkan driver (Debian: mesa-vulkan-drivers, or the driver of NVIDIA); {0} in a container.',
    'NVIDIA_DRIVER_CAPABILITIES=all',
  ];
}

function devices({ devices }: VulkanFacts): DoctorFinding {
  if (devices.length === 0)
    return finding(
      'gpuDevices',
      'info',
      ['The system shows no GPU: neither {0} nor {1}.', '/dev/nvidia*', '/dev/dri/renderD*'],
      [
        'If the machine has one, a container must be given it (docker run --gpus all), and its kernel driver be loaded.',
      ],
    );
  const shut = devices.filter(({ isOpen }) => !isOpen).map(({ path }) => path);
  if (shut.length === 0)
    return finding('gpuDevices', 'ok', ['The system shows a GPU: {0}.', devices.map(({ path }) => path).join(', ')]);
  return finding(
    'gpuDevices',
    'warning',
    ['This account may not use {0}.', shut.join(', ')],
    ['Add the account to the groups video and render, and log in again.'],
  );
}

function nvidia({ nvidia }: VulkanFacts): DoctorFinding | null {
  if (nvidia === null) return null;
  const version = nvidia.version ?? '?';
  const graphics = nvidia.graphics.find(({ problem }) => problem === null);
  if (graphics) return finding('nvidia', 'ok', ["NVIDIA's driver {0} brings Vulkan ({1}).", version, graphics.name]);
  return finding(
    'nvidia',
    'warning',
    ["NVIDIA's driver {0} is here without its Vulkan part: {1}.", version, partsOf(nvidia)],
    [
      'In a container, start it with {0} (it is {1}) for the graphics libraries to be there; on a host, install the whole driver of the same version.',
      'NVIDIA_DRIVER_CAPABILITIES=all',
      nvidia.capabilities ?? '-',
    ],
  );
}

const partsOf = ({ compute, graphics }: NvidiaFacts): string => [...graphics, compute].map(problemOf).join('; ');

/** The linker's words mostly begin with the library that it misses, which need not be the one that was asked for. */
const problemOf = ({ name, problem }: Library): string =>
  problem?.startsWith(name) ? problem : `${name}: ${problem ?? 'ok'}`;
