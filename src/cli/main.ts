console.log('netdojo: no commands yet');
